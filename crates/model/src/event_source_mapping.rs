//! Event source mappings as they are declared: a queue whose messages a function gets.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html>

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{FunctionName, QueueName};

/// Polls a queue, invokes a function with what is there, and deletes what it took.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EventSourceMapping {
    /// A UUID.
    pub id: String,
    pub queue: QueueName,
    pub function: FunctionName,
    /// A version or an alias; `None` is `$LATEST`.
    pub qualifier: Option<String>,
    pub enabled: bool,
    /// The most messages of one invocation, 1 to 10,000; a FIFO queue's at most 10.
    pub batch: u32,
    /// How long a batch waits to become full.
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
    pub fn new(id: impl Into<String>, queue: QueueName, function: FunctionName) -> Self {
        Self {
            id: id.into(),
            queue,
            function,
            qualifier: None,
            enabled: true,
            batch: 10,
            window: Duration::ZERO,
            filters: Vec::new(),
            most_concurrent: None,
            reports_failures: false,
            tags: BTreeMap::new(),
        }
    }
}
