//! Exact decisions over virtual messages: one for each request.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use limits::{
    Answer, Ask, Decision, Entry, InForce, Key, Limits, Look, Policy, Reply, Seed, Standing,
    StoreProblem, Verdict,
};
use model::{Moment, Now, Timestamp};

/// An answer that has come, or not yet.
pub(crate) type Slot = Arc<Mutex<Option<bool>>>;

/// What is to be sent: its asks, when it was decided to send it, and where the answer goes.
pub(crate) struct Question {
    pub(crate) asks: Vec<(Policy, Key, u64)>,
    pub(crate) sent: Moment,
    pub(crate) slot: Slot,
}

/// Collects what is to be asked of the store.
pub(crate) struct Exact {
    seed: Seed,
    outbox: Mutex<Vec<Question>>,
}

impl Exact {
    pub(crate) fn new() -> Self {
        Self { seed: Seed::new([1, 2]), outbox: Mutex::default() }
    }

    pub(crate) fn take(&self) -> Vec<Question> {
        std::mem::take(&mut self.outbox.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn done() -> Reply<Result<(), StoreProblem>> {
    Reply::Now(Ok(()))
}

impl Limits for Exact {
    fn seed(&self) -> &Seed {
        &self.seed
    }

    fn decide(&self, asks: &[Ask<'_>], now: Now) -> Answer {
        let slot = Slot::default();
        let owned = asks.iter().map(|ask| (ask.policy.clone(), ask.key, ask.cost)).collect();
        let question = Question { asks: owned, sent: now.moment, slot: slot.clone() };
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner).push(question);
        let count = asks.len();
        Reply::later(poll_fn(move |_| match *slot.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(true) => Poll::Ready(Decision::with(count, |_| Standing::admitted(1))),
            Some(false) => Poll::Ready(Decision::with(count, |_| {
                Standing::denied(Verdict::Exhausted, 0, Duration::from_millis(1))
            })),
            None => Poll::Pending,
        }))
    }

    fn peek(&self, asks: &[Ask<'_>], _: Now) -> Answer {
        Reply::Now(Decision::with(asks.len(), |_| Standing::admitted(1)))
    }

    fn refund(&self, _: &[Ask<'_>], _: Now, _: Now) {}

    fn settle(&self, _: &Ask<'_>, _: i64, _: Now, _: Now) {}

    fn pause(&self, _: &Ask<'_>, _: Timestamp, _: Now) -> Reply<Result<(), StoreProblem>> {
        done()
    }

    fn resume(&self, _: &Ask<'_>, _: Now) -> Reply<Result<(), StoreProblem>> {
        done()
    }

    fn carry_pauses(&self, _: &InForce, _: Now) -> Reply<Result<(), StoreProblem>> {
        done()
    }

    fn reset(&self, _: &Ask<'_>, _: Now) -> Reply<Result<(), StoreProblem>> {
        done()
    }

    fn lower(&self, _: &Ask<'_>, _: u64, _: Now) -> Reply<Result<(), StoreProblem>> {
        done()
    }

    fn inspect(&self, _: &Look, _: Now) -> Reply<Result<Vec<Entry>, StoreProblem>> {
        Reply::Now(Ok(Vec::new()))
    }
}
