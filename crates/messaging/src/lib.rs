//! Queues: what becomes of a message between those who send and those who receive. What is kept of
//! it, and survives the process, is the store's business.

pub mod queue;

mod queues;

pub use queue::{
    Change, Counts, Outgoing, QueueError, Receive, Received, Sent, digest, receipt_handle,
};
pub use queues::Queues;

#[cfg(test)]
mod tests;
