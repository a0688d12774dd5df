//! Empties a queue, at most once a minute.

use std::time::Duration;

use model::QueueName;

use super::QueueError;
use crate::Queues;

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html>
const PAUSE: Duration = Duration::from_mins(1);

impl Queues {
    /// All messages are gone when this ends, in flight or not.
    pub async fn purge(&self, queue: &QueueName) -> Result<(), QueueError> {
        let open = self.opened(queue)?;
        let now = self.clock.moment();
        let before = open.live.purged().replace(now);
        if before.is_some_and(|before| now.since(before) < PAUSE) {
            *open.live.purged() = before;
            return Err(QueueError::PurgeInProgress(queue.to_string()));
        }
        let purged = self.store.purge(open.id()).await;
        if purged.is_err() {
            *open.live.purged() = before;
        }
        purged.map_err(|error| open.failed(error))
    }
}
