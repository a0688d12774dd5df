//! Moves dead letters back to where they came from, or on to another queue, beside everything else.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html>

mod run;
mod task;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use model::Arn;

use super::{Open, QueueError};
use crate::Queues;

pub use task::{MoveState, MoveTask};
pub(crate) use task::{Moves, Task};

/// The most messages a second that a task may be told to move.
const MOST_RATE: u32 = 500;
/// So many of a queue's tasks are remembered.
const REMEMBERED: usize = 10;

impl Queues {
    /// Starts to move all messages of `source`, which must be some queue's dead-letter queue; gives the
    /// task's handle. A task lives as long as the server: what it has not moved then stays.
    pub async fn start_move(
        self: &Arc<Self>,
        source: &Arn,
        destination: Option<&Arn>,
        rate: Option<u32>,
    ) -> Result<String, QueueError> {
        let from = self.moved(source)?;
        let to = destination.map(|destination| self.moved(destination)).transpose()?;
        self.check_move(&from, to.as_deref(), rate)?;
        let counts = self.counts(&from.queue.name).await?;
        let handle = store::MessageId::random(self.random()).to_string();
        let task = Task::new(handle.clone(), source, destination, rate, counts.visible, self.now());
        let task = Arc::new(task);
        self.moves().begin(Arc::clone(&task), REMEMBERED)?;
        tokio::spawn(run::run(Arc::clone(self), task));
        Ok(handle)
    }

    /// Gives how many messages it has moved.
    pub fn cancel_move(&self, handle: &str) -> Result<u64, QueueError> {
        let task = self.moves().find(handle);
        let task = task.ok_or_else(|| QueueError::NotFound(format!("task `{handle}`")))?;
        if !task.cancel() {
            let reason = "only active tasks can be cancelled";
            return Err(QueueError::invalid("TaskHandle", handle, reason));
        }
        Ok(task.moved.load(Ordering::SeqCst))
    }

    /// The latest first.
    pub fn list_moves(&self, source: &Arn, most: usize) -> Result<Vec<MoveTask>, QueueError> {
        if !(1..=REMEMBERED).contains(&most) {
            let reason = "it must be between 1 and 10";
            return Err(QueueError::invalid("MaxResults", most, reason));
        }
        self.moved(source)?;
        Ok(self.moves().of(source, most))
    }

    pub(super) fn moved(&self, arn: &Arn) -> Result<Arc<Open>, QueueError> {
        self.opened_by_arn(arn).ok_or_else(|| QueueError::NotFound(format!("queue `{arn}`")))
    }

    fn check_move(
        &self,
        from: &Open,
        to: Option<&Open>,
        rate: Option<u32>,
    ) -> Result<(), QueueError> {
        let queues = self.open.load();
        let has_source = queues
            .values()
            .any(|open| open.queue.redrive.as_ref().is_some_and(|redrive| redrive.to == from.arn));
        if !has_source {
            let reason = "source queue must be configured as a dead-letter queue";
            return Err(QueueError::invalid("SourceArn", &from.arn, reason));
        }
        if let Some(to) = to {
            if to.is_fifo() != from.is_fifo() {
                let reason = "source and destination must both be standard or both be FIFO queues";
                return Err(QueueError::invalid("DestinationArn", &to.arn, reason));
            }
            if to.arn == from.arn {
                let reason = "source and destination are one queue";
                return Err(QueueError::invalid("DestinationArn", &to.arn, reason));
            }
        }
        match rate {
            Some(rate) if !(1..=MOST_RATE).contains(&rate) => {
                let reason = "it must be between 1 and 500";
                Err(QueueError::invalid("MaxNumberOfMessagesPerSecond", rate, reason))
            }
            _ => Ok(()),
        }
    }
}
