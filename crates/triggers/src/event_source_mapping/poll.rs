//! Gathers one batch: waits for the first message, and for more while the window is open.

use std::collections::VecDeque;
use std::time::Duration;

use messaging::{QueueError, Receive, Received};
use model::Moment;

use super::batch::{Batch, Item};
use super::event;
use super::lane::Lanes;

/// SQS's longest wait, its largest receive, and its longest visibility timeout.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
const MOST_RECEIVED: usize = 10;
const LONGEST_HIDDEN: Duration = Duration::from_hours(12);

impl Lanes {
    /// An empty batch when nothing came for a while, or the mapping stops. What did not fit is
    /// carried to the next batches, and stays hidden. Messages stay hidden while the window is open,
    /// and for their visibility timeout from its end on.
    pub(super) async fn gather(&self, carried: &mut VecDeque<Item>) -> Result<Batch, QueueError> {
        let mut batch = Batch::default();
        if !carried.is_empty() {
            // The batch that they did not fit into has had its time.
            let hidden = self.hide(carried.iter(), self.mapping.window).await?;
            let mut hidden = hidden.into_iter();
            carried.retain(|_| hidden.next().unwrap_or(false));
            batch.take_from(carried);
            if batch.is_empty() {
                return Ok(batch);
            }
        }
        let opened = self.ports.clock.moment();
        self.fill(&mut batch, carried).await?;
        let has_waited = !self.mapping.window.is_zero() && opened != self.ports.clock.moment();
        if !has_waited {
            return Ok(batch);
        }
        let hidden = self.hide(batch.items(), Duration::ZERO).await?;
        Ok(batch.keeping(hidden))
    }

    async fn fill(
        &self,
        batch: &mut Batch,
        carried: &mut VecDeque<Item>,
    ) -> Result<(), QueueError> {
        let most = usize::try_from(self.mapping.batch).unwrap_or(usize::MAX).max(1);
        let mut closes = self.closes(batch);
        while carried.is_empty() && batch.len() < most {
            let wait = match closes {
                None => LONGEST_WAIT,
                Some(closes) => closes.since(self.ports.clock.moment()).min(LONGEST_WAIT),
            };
            if closes.is_some() && wait.is_zero() {
                break;
            }
            let room = (most - batch.len()).min(MOST_RECEIVED);
            let rest = closes.map_or(self.mapping.window, |_| wait);
            let visibility = (!rest.is_zero()).then(|| self.visibility(rest));
            let ask = Receive { wait: Some(wait), visibility, ..Receive::up_to(room) };
            let received = tokio::select! {
                received = self.ports.queues.receive(&self.queue, ask) => received?,
                () = self.stopped() => break,
            };
            if received.is_empty() && closes.is_none() {
                break;
            }
            self.take(received, batch, carried).await?;
            closes = closes.or_else(|| self.closes(batch));
        }
        Ok(())
    }

    /// The queue's visibility timeout after `rest`.
    fn visibility(&self, rest: Duration) -> Duration {
        let queue = self.ports.queues.find(self.queue.as_str());
        let visibility = queue.map_or(Duration::ZERO, |queue| queue.visibility);
        (rest + visibility).min(LONGEST_HIDDEN)
    }

    /// Hides messages anew, and says of each whether it is hidden. Who purged one meanwhile, or has it
    /// by now, keeps it.
    pub(super) async fn hide(
        &self,
        items: impl IntoIterator<Item = &Item>,
        rest: Duration,
    ) -> Result<Vec<bool>, QueueError> {
        let handles: Vec<&str> =
            items.into_iter().map(|item| item.receipt_handle.as_str()).collect();
        if handles.is_empty() {
            return Ok(Vec::new());
        }
        let visibility = self.visibility(rest);
        let hidden = self.ports.queues.keep_hidden(&self.queue, &handles, visibility).await?;
        Ok(hidden.iter().map(Result::is_ok).collect())
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
        carried: &mut VecDeque<Item>,
    ) -> Result<(), QueueError> {
        let mut unwanted = Vec::new();
        for message in received {
            let record = event::record(&message, &self.mapping.queue);
            if !self.filter.takes(&record) {
                unwanted.push(message.receipt_handle);
                continue;
            }
            let item = Item { id: message.id, receipt_handle: message.receipt_handle, record };
            // What comes after one that does not fit does not overtake it.
            if carried.is_empty() {
                carried.extend(batch.add(item));
            } else {
                carried.push_back(item);
            }
        }
        if !unwanted.is_empty() {
            let unwanted: Vec<&str> = unwanted.iter().map(String::as_str).collect();
            self.ports.queues.delete_batch(&self.queue, &unwanted).await?;
        }
        Ok(())
    }
}
