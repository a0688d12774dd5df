//! Queues as they are declared.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{Arn, Declared, QueueName};

/// A queue and how it treats its messages.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Queue {
    pub name: QueueName,
    /// `None` is a standard queue.
    pub fifo: Option<Fifo>,
    /// How long a received message stays hidden.
    #[serde(with = "crate::units::span")]
    pub visibility: Duration,
    /// How long a message that is sent stays hidden.
    #[serde(with = "crate::units::span")]
    pub delay: Duration,
    #[serde(with = "crate::units::span")]
    pub retention: Duration,
    /// The most bytes of a message, attributes included.
    pub most_bytes: u32,
    /// How long a receive waits for the first message.
    #[serde(with = "crate::units::span")]
    pub wait: Duration,
    pub redrive: Option<Redrive>,
    pub redrive_allow: RedriveAllow,
    /// Kept and given back as it was set.
    pub policy: Option<String>,
    pub tags: BTreeMap<String, String>,
}

impl Queue {
    /// With AWS's defaults; a name that ends in `.fifo` makes a FIFO queue.
    pub fn new(name: QueueName) -> Self {
        let fifo = name.is_fifo().then(Fifo::default);
        Self {
            name,
            fifo,
            visibility: Duration::from_secs(30),
            delay: Duration::ZERO,
            retention: Duration::from_hours(96),
            most_bytes: 1_048_576,
            wait: Duration::ZERO,
            redrive: None,
            redrive_allow: RedriveAllow::All,
            policy: None,
            tags: BTreeMap::new(),
        }
    }
}

impl Declared for Queue {
    fn name(&self) -> String {
        self.name.to_string()
    }

    fn references(&self) -> Vec<Arn> {
        self.redrive.iter().map(|redrive| redrive.to.clone()).collect()
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Fifo {
    /// The deduplication id of a message without one is the SHA-256 of its body.
    pub deduplicates_content: bool,
    /// `DeduplicationScope: messageGroup`.
    pub deduplicates_by_group: bool,
    /// `FifoThroughputLimit: perMessageGroupId`.
    pub throughput_by_group: bool,
}

/// Where a message goes that was received `after` times and not deleted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Redrive {
    pub to: Arn,
    pub after: u32,
}

/// Which queues may name this one as their dead-letter queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum RedriveAllow {
    #[default]
    All,
    None,
    /// At most ten.
    Only(Vec<Arn>),
}
