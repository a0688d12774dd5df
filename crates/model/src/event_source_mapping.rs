//! Event source mappings as they are declared: a queue whose messages a function gets.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html>

use std::collections::BTreeMap;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::{Arn, Declared, MessageOptions, QueueName, RequestId, Target};

/// Polls a queue, invokes a function with what is there, and deletes what it took.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EventSourceMapping {
    /// A UUID.
    pub id: String,
    pub queue: Arn,
    /// Perhaps with a version or an alias.
    pub function: Arn,
    pub enabled: bool,
    /// The most messages of one invocation, 1 to 10,000; a FIFO queue's at most 10.
    pub batch: u32,
    /// How long a batch waits to become full.
    #[serde(with = "crate::units::span")]
    pub window: Duration,
    /// Event patterns as JSON. A message that matches none is deleted; without any, all match.
    pub filters: Vec<String>,
    /// The most invocations at a time, 2 to 1,000.
    pub most_concurrent: Option<u32>,
    /// `ReportBatchItemFailures`: the function says which messages it did not take.
    pub reports_failures: bool,
    pub tags: BTreeMap<String, String>,
}

impl EventSourceMapping {
    /// Enabled, with AWS's defaults for queues.
    pub fn new(id: impl Into<String>, queue: Arn, function: Arn) -> Self {
        Self {
            id: id.into(),
            queue,
            function,
            enabled: true,
            batch: 10,
            window: Duration::ZERO,
            filters: Vec::new(),
            most_concurrent: None,
            reports_failures: false,
            tags: BTreeMap::new(),
        }
    }

    /// The id of a mapping that is known by a name: always the same.
    pub fn id_of(name: &str) -> String {
        let digest = Sha256::digest(name);
        let random = digest.iter().take(16).fold(0, |all: u128, byte| all << 8 | u128::from(*byte));
        RequestId::from_random(random).as_str().to_owned()
    }

    /// Nothing for an ARN of something else than a queue.
    pub fn queue_name(&self) -> Option<QueueName> {
        match Target::of(&self.queue, MessageOptions::default())? {
            Target::Queue { name, .. } => Some(name),
            _ => None,
        }
    }
}

impl Declared for EventSourceMapping {
    fn name(&self) -> String {
        self.id.clone()
    }

    fn references(&self) -> Vec<Arn> {
        vec![self.queue.clone(), self.function.clone()]
    }
}
