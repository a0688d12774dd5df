//! Why a queue did not do what it was asked; one variant for each thing a client can be told.

use store::StoreError;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    #[error("queue `{0}` does not exist")]
    NoSuchQueue(String),
    /// A value that could never be right, or not for this queue.
    #[error("value {value} for parameter {parameter} is invalid; {reason}")]
    InvalidValue { parameter: &'static str, value: String, reason: String },
    #[error("the request must contain the parameter {0}")]
    Missing(&'static str),
    /// The body has characters that XML cannot carry.
    #[error("the message body has the character {0:?}, which no message may have")]
    InvalidContents(char),
    #[error("the message has {actual} bytes with its attributes, and `{queue}` takes {most}")]
    TooLong { queue: String, actual: usize, most: u32 },
    #[error("the batch has {actual} bytes, and a request takes {most}")]
    BatchTooLong { actual: usize, most: usize },
    /// Not one of this queue's, in this or an earlier life.
    #[error("the receipt handle is not one of queue `{0}`")]
    ReceiptHandleInvalid(String),
    /// Of a FIFO queue: the visibility timeout ended before.
    #[error("the receipt handle has expired; receive the message again")]
    ReceiptHandleExpired,
    #[error("the message is not in flight: it is deleted, visible again, or received by another")]
    NotInFlight,
    #[error("queue `{queue}` has {most} messages in flight, its most; delete some first")]
    OverLimit { queue: String, most: usize },
    #[error("queue `{0}` was purged in the last 60 seconds")]
    PurgeInProgress(String),
    #[error("{0}")]
    Unsupported(String),
    /// A message move task, or what it names.
    #[error("{0} does not exist")]
    NotFound(String),
    #[error(transparent)]
    Store(StoreError),
}

impl QueueError {
    #[expect(clippy::needless_pass_by_value, reason = "callers have texts and numbers at hand")]
    pub(crate) fn invalid(
        parameter: &'static str,
        value: impl ToString,
        reason: impl Into<String>,
    ) -> Self {
        Self::InvalidValue { parameter, value: value.to_string(), reason: reason.into() }
    }
}

impl From<StoreError> for QueueError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
