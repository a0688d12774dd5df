//! Changes how long received messages stay hidden.

use std::time::Duration;

use model::{QueueName, Timestamp};
use store::{Receipt, Settled};

use super::check::{self, MOST_VISIBILITY};
use super::receipt_handle::Handle;
use super::{Open, QueueError, answered};
use crate::Queues;

/// One message's new visibility timeout, from now on; zero makes it visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub receipt_handle: String,
    pub visibility: Duration,
}

impl Queues {
    pub async fn change_visibility(
        &self,
        queue: &QueueName,
        change: Change,
    ) -> Result<(), QueueError> {
        let mut told = self.change_visibility_batch(queue, vec![change]).await?;
        told.pop().unwrap_or(Ok(()))
    }

    /// Each for itself.
    pub async fn change_visibility_batch(
        &self,
        queue: &QueueName,
        changes: Vec<Change>,
    ) -> Result<Vec<Result<(), QueueError>>, QueueError> {
        let open = self.opened(queue)?;
        let now = self.now();
        let wanted = changes.iter().map(|change| wanted(&open, change, now)).collect();
        self.hide(&open, wanted, now).await
    }

    /// Hides received messages for so long from now on, but none for longer in all than a message may
    /// be. Each for itself.
    pub async fn keep_hidden(
        &self,
        queue: &QueueName,
        handles: &[&str],
        visibility: Duration,
    ) -> Result<Vec<Result<(), QueueError>>, QueueError> {
        let open = self.opened(queue)?;
        let now = self.now();
        let until =
            |Handle { receipt, at }| (receipt, now.plus(visibility).min(at.plus(MOST_VISIBILITY)));
        let wanted = handles.iter().map(|handle| open.read(handle).map(until)).collect();
        self.hide(&open, wanted, now).await
    }

    async fn hide(
        &self,
        open: &Open,
        wanted: Vec<Result<(Receipt, Timestamp), QueueError>>,
        now: Timestamp,
    ) -> Result<Vec<Result<(), QueueError>>, QueueError> {
        let hidden: Vec<_> = wanted.iter().flatten().copied().collect();
        let settled = self.store.hide(open.id(), hidden.clone(), now).await;
        let settled = settled.map_err(|error| open.failed(error))?;
        for (_, until) in hidden {
            if until <= now {
                open.live.arrivals.came();
            } else {
                open.live.arrivals.hidden_until(until);
            }
        }
        Ok(answered(wanted, settled, |_, settled| told(open, settled)))
    }
}

fn wanted(
    open: &Open,
    change: &Change,
    now: Timestamp,
) -> Result<(Receipt, Timestamp), QueueError> {
    check::visibility(change.visibility)?;
    let Handle { receipt, at } = open.read(&change.receipt_handle)?;
    let until = now.plus(change.visibility);
    if until > at.plus(MOST_VISIBILITY) {
        let reason = "total VisibilityTimeout for the message is beyond the limit of 43200 seconds";
        return Err(QueueError::invalid("VisibilityTimeout", change.visibility.as_secs(), reason));
    }
    Ok((receipt, until))
}

fn told(open: &Open, settled: Settled) -> Result<(), QueueError> {
    match settled {
        Settled::Done => Ok(()),
        Settled::Visible if open.is_fifo() => Err(QueueError::ReceiptHandleExpired),
        Settled::Gone | Settled::Stale | Settled::Visible => Err(QueueError::NotInFlight),
    }
}
