//! Receives messages: claims what is visible, waits for what is not, and gives up what was received
//! too often.

use std::time::Duration;

use model::{Arn, AttributeValue, QueueName, Timestamp};
use store::{Claim, Claimed, Claims};

use super::check::{self, MOST_WAIT};
use super::extras::Extras;
use super::receipt_handle::Handle;
use super::redrive::{self, Next};
use super::{Open, QueueError, digest};
use crate::Queues;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Receive {
    /// 1 to 10.
    pub most: usize,
    /// Instead of the queue's.
    pub visibility: Option<Duration>,
    /// Instead of the queue's.
    pub wait: Option<Duration>,
    /// On a FIFO queue: a receive with the same gets the same messages again.
    pub attempt: Option<String>,
}

impl Receive {
    pub fn up_to(most: usize) -> Self {
        Self { most, ..Self::default() }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    pub id: String,
    pub receipt_handle: String,
    pub body: String,
    pub md5_of_body: String,
    pub attributes: Vec<(String, AttributeValue)>,
    pub sent: Timestamp,
    pub receive_count: u32,
    pub first_received: Timestamp,
    pub sender: String,
    pub group: Option<String>,
    pub deduplication: Option<String>,
    pub sequence_number: Option<String>,
    /// The queue that gave it up.
    pub dead_letter_of: Option<Arn>,
    pub trace_header: Option<String>,
}

impl Queues {
    /// Up to `most` messages; none after the wait. Dropping this early loses nothing: what was claimed
    /// for it becomes visible again after its visibility timeout.
    pub async fn receive(
        &self,
        queue: &QueueName,
        ask: Receive,
    ) -> Result<Vec<Received>, QueueError> {
        let open = self.opened(queue)?;
        let (visibility, wait) = check_ask(&open, &ask)?;
        if let Some(attempt) = &ask.attempt
            && let Some(again) = self.repeat(&open, attempt, visibility).await?
        {
            return Ok(again);
        }
        let deadline = self.clock.moment().plus(wait);
        let mut waiting = (!wait.is_zero()).then(|| open.live.arrivals.wait());
        loop {
            let (claims, claimed_at) = self.claim(&open, ask.most, visibility).await?;
            let is_over = claims.messages.is_empty() && claims.in_flight >= self.most_in_flight;
            if is_over && !open.is_fifo() {
                if wait.is_zero() {
                    let (queue, most) = (queue.to_string(), self.most_in_flight);
                    return Err(QueueError::OverLimit { queue, most });
                }
                // A deletion since this claim has told nobody.
                if open.live.wait_for_deletions() {
                    continue;
                }
            }
            if let Some(waiting) = &mut waiting {
                let may_be_more = claims.messages.len() >= ask.most;
                if may_be_more { waiting.found_enough() } else { waiting.found_all() }
            }
            let (messages, moved_any) = self.deliver(&open, claims.messages, claimed_at).await?;
            if !messages.is_empty() {
                if let Some(attempt) = ask.attempt {
                    open.note_attempt(attempt, &messages, claimed_at, visibility);
                }
                return Ok(messages);
            }
            // All that was claimed was given up; there may be more behind it.
            if moved_any {
                continue;
            }
            let Some(waiting) = &mut waiting else { return Ok(Vec::new()) };
            let rest = deadline.since(self.clock.moment());
            if rest.is_zero() || !waiting.arrival(rest, || self.now()).await {
                return Ok(Vec::new());
            }
            if open.live.arrivals.is_over() {
                return Err(QueueError::NoSuchQueue(queue.to_string()));
            }
        }
    }

    pub(super) async fn claim(
        &self,
        open: &Open,
        most: usize,
        visibility: Duration,
    ) -> Result<(Claims, Timestamp), QueueError> {
        let now = self.now();
        let claim = Claim {
            most,
            most_in_flight: self.most_in_flight,
            now,
            until: now.plus(visibility),
            sent_since: now.minus(open.queue.retention),
        };
        let claims = self.store.claim(open.id(), claim).await;
        let claims = claims.map_err(|error| open.failed(error))?;
        if let Some(next) = claims.next {
            open.live.arrivals.hidden_until(next);
        }
        Ok((claims, now))
    }

    /// Those that are to be delivered; the others go to the dead-letter queue first, if any does.
    async fn deliver(
        &self,
        open: &Open,
        claimed: Vec<Claimed>,
        now: Timestamp,
    ) -> Result<(Vec<Received>, bool), QueueError> {
        let policy = open.queue.redrive.as_ref();
        // A queue whose dead letters have nowhere else to go keeps them.
        let dead_letters = policy.and_then(|policy| self.opened_by_arn(&policy.to));
        let Some(dead_letters) = dead_letters.filter(|letters| letters.id() != open.id()) else {
            let messages = claimed.into_iter().map(|one| self.received(open, one, now)).collect();
            return Ok((messages, false));
        };
        let mut messages = Vec::with_capacity(claimed.len());
        let mut given_up = Vec::new();
        for one in claimed {
            match redrive::decide(&one, policy) {
                Next::Deliver => messages.push(self.received(open, one, now)),
                Next::DeadLetter => {
                    let receipt = one.receipt;
                    let letter = redrive::dead_letter(one, &open.arn, open.is_fifo(), now);
                    given_up.push((receipt, letter));
                }
            }
        }
        if given_up.is_empty() {
            return Ok((messages, false));
        }
        let moved = self.store.transfer(open.id(), dead_letters.id(), given_up, now).await;
        let moved = moved.map_err(|error| open.failed(error))?;
        dead_letters.live.arrivals.came();
        open.live.arrivals.came();
        Ok((messages, moved.contains(&store::Settled::Done)))
    }

    pub(super) fn received(&self, open: &Open, claimed: Claimed, now: Timestamp) -> Received {
        let Claimed { receipt, first, message } = claimed;
        let extras = Extras::read(message.extras.as_deref());
        Received {
            id: message.id.to_string(),
            receipt_handle: open.sealer.write(Handle { receipt, at: now }),
            md5_of_body: digest::hex(
                &message.md5.unwrap_or_else(|| digest::of_body(&message.body)),
            ),
            body: message.body.into_string(),
            attributes: extras.attributes,
            sent: message.sent,
            receive_count: receipt.count,
            first_received: first,
            sender: extras.sender.unwrap_or_else(|| self.account.id.to_string()),
            group: message.group.map(String::from),
            deduplication: extras.deduplication,
            sequence_number: open.is_fifo().then(|| super::sequence_number(receipt.number)),
            dead_letter_of: extras.dead_letter_of,
            trace_header: extras.trace,
        }
    }
}

/// The visibility timeout and the wait.
fn check_ask(open: &Open, ask: &Receive) -> Result<(Duration, Duration), QueueError> {
    if !(1..=10).contains(&ask.most) {
        let reason = "it must be between 1 and 10";
        return Err(QueueError::invalid("MaxNumberOfMessages", ask.most, reason));
    }
    let wait = ask.wait.unwrap_or(open.queue.wait);
    if wait > MOST_WAIT {
        let reason = "it must be between 0 and 20";
        return Err(QueueError::invalid("WaitTimeSeconds", wait.as_secs(), reason));
    }
    let visibility = ask.visibility.unwrap_or(open.queue.visibility);
    check::visibility(visibility)?;
    if let Some(attempt) = &ask.attempt {
        if !open.is_fifo() {
            let reason = "only receives of FIFO queues can be repeated";
            return Err(QueueError::invalid("ReceiveRequestAttemptId", attempt, reason));
        }
        check::token("ReceiveRequestAttemptId", attempt)?;
    }
    Ok((visibility, wait))
}
