//! What server and launcher say to each other.

mod event;
mod reader;
mod request;
mod writer;

pub(crate) use self::event::Event;
pub(crate) use self::request::{
    BindRequest, Expected, Request, StartRequest, StdioMask, encode_expect, encode_start,
};

/// The server's first message: the launcher's programs will be confined.
pub(crate) const CONFINED: &[u8] = b"confined";
/// The server's first message: they will not be.
pub(crate) const PLAIN: &[u8] = b"plain";
