//! Speaks the Lambda Runtime API to the process of one execution environment.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

mod answer;
mod body;
mod chunks;
mod connection;
mod endpoint;
mod message;
mod request;
mod socket;

pub(crate) use answer::Delivery;
pub(crate) use endpoint::{Endpoint, Event};
pub(crate) use message::{Message, StreamFailure};
#[cfg(feature = "fuzzing")]
pub(crate) use {
    chunks::{Chunks, Piece},
    request::{Framing, read as read_head},
};

/// Lambda's limit for events and buffered responses, with the 100 bytes of slack it grants.
pub(crate) const MAX_PAYLOAD: usize = 6 * 1024 * 1024 + 100;
