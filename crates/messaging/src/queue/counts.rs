//! How many messages a queue has, and how old they are.

use std::time::Duration;

use model::QueueName;

use super::QueueError;
use crate::Queues;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// `ApproximateNumberOfMessages`.
    pub visible: u64,
    /// `ApproximateNumberOfMessagesNotVisible`.
    pub in_flight: u64,
    /// `ApproximateNumberOfMessagesDelayed`.
    pub delayed: u64,
    /// `ApproximateAgeOfOldestMessage`.
    pub oldest: Option<Duration>,
}

impl Queues {
    pub async fn counts(&self, queue: &QueueName) -> Result<Counts, QueueError> {
        let open = self.opened(queue)?;
        let now = self.now();
        let tally = self.store.tally(open.id(), now).await.map_err(|error| open.failed(error))?;
        Ok(Counts {
            visible: tally.visible,
            in_flight: tally.in_flight,
            delayed: tally.delayed,
            oldest: tally.oldest.map(|oldest| now.since(oldest)),
        })
    }
}
