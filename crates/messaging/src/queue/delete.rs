//! Deletes messages that were received.

use model::QueueName;
use store::Settled;

use super::receipt_handle::Handle;
use super::{Open, QueueError, answered};
use crate::Queues;

impl Queues {
    /// A message that is gone already is deleted, too.
    pub async fn delete(&self, queue: &QueueName, handle: &str) -> Result<(), QueueError> {
        let mut told = self.delete_batch(queue, &[handle]).await?;
        told.pop().unwrap_or(Ok(()))
    }

    /// Each for itself.
    pub async fn delete_batch(
        &self,
        queue: &QueueName,
        handles: &[&str],
    ) -> Result<Vec<Result<(), QueueError>>, QueueError> {
        let open = self.opened(queue)?;
        let read: Vec<_> = handles.iter().map(|handle| open.read(handle)).collect();
        let receipts = read.iter().flatten().map(|handle| handle.receipt).collect();
        let settled = self.store.delete(open.id(), receipts, self.now()).await;
        let settled = settled.map_err(|error| open.failed(error))?;
        if open.is_fifo() {
            // Its group may be open again.
            open.live.arrivals.came();
        }
        open.live.deleted();
        Ok(answered(read, settled, |_, settled| told(settled)))
    }
}

/// What a client is told. One that was received by somebody else since is theirs to delete.
fn told(settled: Settled) -> Result<(), QueueError> {
    match settled {
        Settled::Done | Settled::Gone | Settled::Stale => Ok(()),
        Settled::Visible => Err(QueueError::ReceiptHandleExpired),
    }
}

impl Open {
    pub(super) fn read(&self, handle: &str) -> Result<Handle, QueueError> {
        let read = self.sealer.read(handle);
        read.ok_or_else(|| QueueError::ReceiptHandleInvalid(self.queue.name.to_string()))
    }
}
