//! HTTP/1 connections: one request at a time, on one thread.
//!
//! A head is read once: whoever judges its framing notes where its parts are, and the request is made
//! of them. The request's body reads from the connection itself, and an answer that is at hand leaves
//! in one write.

mod answer_head;
pub(crate) mod incoming;
mod link;
mod request;
mod send;
mod serve;
mod upgrade;

pub(crate) use link::Link;
pub(crate) use serve::serve;
pub use upgrade::Upgrade;
