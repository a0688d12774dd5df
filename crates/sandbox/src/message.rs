//! What server and launcher say to each other.

mod event;
mod reader;
mod request;
mod writer;

pub(crate) use self::event::Event;
pub(crate) use self::request::{BindRequest, Request, StartRequest, StdioMask, encode_start};
