//! The framing of HTTP/1 requests, byte for byte.
//!
//! Many readers are lenient where two of them may disagree about where a message ends. The guard says
//! what each byte is, and lets a head through only when it is whole and beyond doubt. It only looks:
//! whoever serves a connection shows it what has arrived.

mod chunks;
mod field;
mod framing;
mod head;
mod refusal;
mod request_line;

pub use chunks::{Chunks, Part};
pub use field::Field;
pub use framing::{Fed, Framing, Step};
pub(crate) use head::{BodyFraming, Head, Span};
pub use head::{HeadLimits, Outline};
pub use refusal::Refusal;
pub(crate) use request_line::{Version as HttpVersion, is_host};
