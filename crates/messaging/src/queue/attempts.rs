//! Receives of FIFO queues that may be repeated because their answer was lost.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-receiverequestattemptid-request-parameter.html>

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use model::Timestamp;
use store::Receipt;

use super::Received;

const GOOD_FOR: Duration = Duration::from_mins(5);
/// What is remembered beyond these is forgotten early: a repeated receive then gives other messages.
const MOST: usize = 1_000;

#[derive(Default)]
pub(crate) struct Attempts {
    given: HashMap<String, Given>,
    /// By time.
    order: VecDeque<(Timestamp, String)>,
}

#[derive(Clone)]
pub(crate) struct Given {
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) messages: Vec<Received>,
}

impl Attempts {
    /// What an attempt has got, for five minutes.
    pub(crate) fn find(&mut self, attempt: &str, now: Timestamp) -> Option<Given> {
        self.forget(now);
        self.given.get(attempt).cloned()
    }

    pub(crate) fn note(&mut self, attempt: String, given: Given, now: Timestamp) {
        self.forget(now);
        self.order.push_back((now, attempt.clone()));
        self.given.insert(attempt, given);
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some((at, _)) = self.order.front()
            && (at.plus(GOOD_FOR) <= now || self.order.len() > MOST)
        {
            if let Some((_, attempt)) = self.order.pop_front() {
                self.given.remove(&attempt);
            }
        }
    }
}
