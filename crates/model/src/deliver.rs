//! The port through which work is handed to somebody who does it later: a subscription's queue, a
//! schedule's function, an invocation's destination. Who hands it over never sees who takes it.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;

use crate::{Arn, FunctionName, QueueName, TopicName, TraceContext};

/// Hands events to targets. `Ok` says that the target has it durably: the message is kept, the
/// asynchronous invocation is accepted.
pub trait Deliver: Send + Sync {
    fn deliver(&self, delivery: Delivery) -> DeliverFuture<'_>;
}

pub type DeliverFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Delivered, DeliverError>> + Send + 'a>>;

/// One event for one target.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub target: Target,
    /// What sends it: a topic, a rule, a schedule, a function, an API.
    pub source: Arn,
    pub payload: Bytes,
    pub trace: Option<TraceContext>,
}

/// Who takes events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An asynchronous invocation. `None` is `$LATEST`.
    Function {
        name: FunctionName,
        qualifier: Option<String>,
    },
    Queue {
        name: QueueName,
        options: MessageOptions,
    },
    Topic {
        name: TopicName,
        options: MessageOptions,
    },
    /// The default event bus. The payload is the event's detail.
    EventBus {
        /// The event's `source`.
        from: String,
        detail_type: String,
        resources: Vec<Arn>,
    },
}

/// What a message carries beside its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageOptions {
    pub group: Option<String>,
    pub deduplication: Option<String>,
    pub attributes: Vec<(String, AttributeValue)>,
    /// A topic's message may have one.
    pub subject: Option<String>,
}

/// A message attribute's value; its type may have a label, as in `Number.float`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AttributeValue {
    pub data_type: String,
    pub value: AttributeData,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum AttributeData {
    /// `String` and `Number`.
    Text(String),
    Binary(Vec<u8>),
}

/// The target's acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// The message's id, or the invocation's.
    pub id: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliverError {
    /// Trying again is of no use: it goes to the dead letters at once.
    #[error("{0} does not exist")]
    NotFound(String),
    /// The target will never take this event.
    #[error("{0}")]
    Refused(String),
    /// The target takes smaller ones only.
    #[error("{0}")]
    TooLarge(String),
    /// It may be taken later.
    #[error("{0}")]
    Unavailable(String),
}

impl DeliverError {
    pub fn may_be_retried(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}
