//! Gathers one batch: waits for the first message, and for more while the window is open.

use std::time::Duration;

use messaging::{QueueError, Receive, Received};
use model::Moment;

use super::batch::{Batch, Item};
use super::event;
use super::lane::Lanes;

/// SQS's longest wait, and its largest receive.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
const MOST_RECEIVED: usize = 10;

impl Lanes {
    /// An empty batch when nothing came for a while, or the mapping stops. What did not fit is
    /// carried to the next batch.
    pub(super) async fn gather(&self, carried: &mut Option<Item>) -> Result<Batch, QueueError> {
        let most = usize::try_from(self.mapping.batch).unwrap_or(usize::MAX).max(1);
        let mut batch = Batch::default();
        if let Some(item) = carried.take() {
            batch.add(item);
        }
        let mut closes = self.closes(&batch);
        while carried.is_none() && batch.len() < most {
            let wait = match closes {
                None => LONGEST_WAIT,
                Some(closes) => closes.since(self.ports.clock.moment()).min(LONGEST_WAIT),
            };
            if closes.is_some() && wait.is_zero() {
                break;
            }
            let room = (most - batch.len()).min(MOST_RECEIVED);
            let ask = Receive { wait: Some(wait), ..Receive::up_to(room) };
            let received = tokio::select! {
                received = self.ports.queues.receive(&self.queue, ask) => received?,
                () = self.stopped() => break,
            };
            if received.is_empty() && closes.is_none() {
                break;
            }
            self.take(received, &mut batch, carried).await?;
            closes = closes.or_else(|| self.closes(&batch));
        }
        Ok(batch)
    }

    /// When the window closes that the first message opens.
    fn closes(&self, batch: &Batch) -> Option<Moment> {
        (!batch.is_empty()).then(|| self.ports.clock.moment().plus(self.mapping.window))
    }

    /// Puts messages into the batch, and deletes those that the filter does not take.
    async fn take(
        &self,
        received: Vec<Received>,
        batch: &mut Batch,
        carried: &mut Option<Item>,
    ) -> Result<(), QueueError> {
        let mut unwanted = Vec::new();
        let mut overflow = Vec::new();
        for message in received {
            let record = event::record(&message, &self.mapping.queue);
            if !self.filter.takes(&record) {
                unwanted.push(message.receipt_handle);
                continue;
            }
            let item = Item { id: message.id, receipt_handle: message.receipt_handle, record };
            match (&carried, overflow.is_empty()) {
                (None, true) => *carried = batch.add(item),
                _ => overflow.push(item.receipt_handle),
            }
        }
        if !unwanted.is_empty() {
            let unwanted: Vec<&str> = unwanted.iter().map(String::as_str).collect();
            self.ports.queues.delete_batch(&self.queue, &unwanted).await?;
        }
        self.release(overflow).await;
        Ok(())
    }
}
