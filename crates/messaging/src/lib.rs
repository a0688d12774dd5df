//! Queues and topics: what becomes of a message between those who send and those who receive. What
//! is kept of it, and survives the process, is the store's business.

pub mod queue;
pub mod topic;

mod queues;
mod topics;

pub use queue::{
    Change, Counts, MoveState, MoveTask, Outgoing, QueueError, Receive, Received, Sent, digest,
    receipt_handle,
};
pub use queues::Queues;
pub use topics::{SignerSource, TopicSettings, Topics};

#[cfg(test)]
mod tests;
