//! Receives of FIFO queues that may be repeated because their answer was lost.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-receiverequestattemptid-request-parameter.html>

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use model::Timestamp;
use store::{Claimed, Message, Peeked, Receipt, Settled, Standing};

use super::{Open, QueueError, Received};
use crate::Queues;

const GOOD_FOR: Duration = Duration::from_mins(5);
/// What is remembered beyond these is forgotten early: a repeated receive then gives other messages.
const MOST: usize = 1_000;

#[derive(Default)]
pub(crate) struct Attempts {
    given: HashMap<String, Given>,
    /// By time.
    order: VecDeque<(Timestamp, String)>,
}

/// What an attempt has got. What the messages say stays in the store.
#[derive(Clone)]
struct Given {
    parts: Vec<Part>,
    at: Timestamp,
    /// So long they are hidden, unless somebody has changed that.
    until: Timestamp,
}

#[derive(Clone, Copy)]
struct Part {
    receipt: Receipt,
    first: Timestamp,
}

impl Attempts {
    /// What an attempt has got, for five minutes.
    fn find(&mut self, attempt: &str, now: Timestamp) -> Option<Given> {
        self.forget(now);
        self.given.get(attempt).cloned()
    }

    fn note(&mut self, attempt: String, given: Given, now: Timestamp) {
        self.forget(now);
        self.order.push_back((now, attempt.clone()));
        self.given.insert(attempt, given);
    }

    fn hidden_until(&mut self, attempt: &str, until: Timestamp) {
        if let Some(given) = self.given.get_mut(attempt) {
            given.until = until;
        }
    }

    pub(crate) fn forget(&mut self, now: Timestamp) {
        while let Some((at, _)) = self.order.front()
            && (at.plus(GOOD_FOR) <= now || self.order.len() > MOST)
        {
            if let Some((_, attempt)) = self.order.pop_front() {
                self.given.remove(&attempt);
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.given.len()
    }
}

impl Queues {
    /// The messages of the same attempt, hidden anew. None of one that is not known.
    pub(super) async fn repeat(
        &self,
        open: &Open,
        attempt: &str,
        visibility: Duration,
    ) -> Result<Option<Vec<Received>>, QueueError> {
        let now = self.now();
        let Some(given) = open.live.attempts().find(attempt, now) else { return Ok(None) };
        let spoiled = || {
            let reason = "some of its messages were deleted, changed, or are visible again";
            QueueError::invalid("ReceiveRequestAttemptId", attempt, reason)
        };
        let mut messages = Vec::with_capacity(given.parts.len());
        for Part { receipt, first } in given.parts.iter().copied() {
            let found = self.in_hands(open, receipt, given.until, now).await?;
            let message = found.ok_or_else(spoiled)?;
            messages.push(self.received(open, Claimed { receipt, first, message }, given.at));
        }
        let until = now.plus(visibility);
        let receipts = given.parts.iter().map(|part| (part.receipt, until)).collect();
        let hidden = self.store.hide(open.id(), receipts, now).await;
        let hidden = hidden.map_err(|error| open.failed(error))?;
        if hidden.iter().any(|settled| *settled != Settled::Done) {
            return Err(spoiled());
        }
        open.live.attempts().hidden_until(attempt, until);
        open.live.arrivals.hidden_until(until);
        Ok(Some(messages))
    }

    /// The receipt's message, as long as nothing has become of it since.
    async fn in_hands(
        &self,
        open: &Open,
        receipt: Receipt,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Message>, QueueError> {
        let peeked = self.store.peek(open.id(), receipt.number, 1, now).await;
        let peeked = peeked.map_err(|error| open.failed(error))?;
        let is_same = |one: &Peeked| {
            one.number == receipt.number
                && one.count == receipt.count
                && one.standing == Standing::InFlight { until }
        };
        Ok(peeked.into_iter().find(is_same).map(|one| one.message))
    }
}

impl Open {
    pub(super) fn note_attempt(
        &self,
        attempt: String,
        messages: &[Received],
        at: Timestamp,
        visibility: Duration,
    ) {
        let part = |message: &Received| {
            let handle = self.sealer.read(&message.receipt_handle)?;
            Some(Part { receipt: handle.receipt, first: message.first_received })
        };
        let parts = messages.iter().filter_map(part).collect();
        let given = Given { parts, at, until: at.plus(visibility) };
        self.live.attempts().note(attempt, given, at);
    }
}
