//! What is checked below hyper: the framing of HTTP/1 requests, byte for byte.
//!
//! hyper is lenient where two readers of one message may disagree about where it ends. The guard
//! sits between the socket and hyper, follows the same messages, and lets a head through only when
//! it is whole and beyond doubt.

mod chunks;
mod field;
mod framing;
mod head;
mod refusal;
mod request_line;
mod stream;

pub use chunks::{Chunks, Part};
pub use framing::{Fed, Framing};
pub use head::HeadLimits;
pub use refusal::Refusal;
pub(crate) use request_line::is_host;
pub(crate) use stream::Guard;

/// Travels inside an [`io::Error`](std::io::Error) through hyper to whoever reads the body.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Violation(pub(crate) Refusal);
