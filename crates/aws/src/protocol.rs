//! AWS's wire protocols: how an action's input is read and its output written.
//! <https://smithy.io/2.0/aws/protocols/index.html>

pub(crate) mod event_stream;
pub(crate) mod json;
mod malformed;
mod node;
mod plain;
pub(crate) mod query;
pub(crate) mod rest;
mod xml;

use serde::{Deserialize, Deserializer};

use malformed::Malformed;
pub(crate) use node::Node;
pub(crate) use plain::Plain;
pub(crate) use rest::Route;
pub(crate) use xml::{Flat, Lists};

/// The most bytes of most requests. A message of one MiB may be escaped in JSON or form data.
pub(crate) const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// Every protocol's text is read with the errors of JSON's.
fn read<'de, T: Deserialize<'de>>(
    from: impl Deserializer<'de, Error = serde_json::Error>,
) -> Result<T, Malformed> {
    T::deserialize(from).map_err(Malformed::from)
}
