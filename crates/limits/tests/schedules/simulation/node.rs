//! One process on one node: the engine, what it has under way, and who waits.

use std::collections::HashMap;
use std::future::Future as _;
use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use limits::leased::{Batch, Leased, LedgerProblem, Leftover};
use limits::{Answer as Reply, Ask, Decision, Key, Limits, Policy};
use model::{Clock, Now};

use super::clock::{Dial, MILLISECOND, Time};
use super::exact::{Exact, Slot};
use super::network::{Answer, Request};

/// How long a node waits for the store.
pub(crate) const PATIENCE: Time = 20 * MILLISECOND;

/// A process and its engine.
pub(crate) struct Process {
    leased: Leased,
    exact: Arc<Exact>,
    dial: Arc<Dial>,
    ttl: Duration,
    batches: HashMap<u64, Batch>,
    questions: HashMap<u64, (model::Moment, Slot)>,
    waiting: Vec<(Time, Reply)>,
}

/// A request that was decided: when it came, and whether it was let in.
pub(crate) struct Decided {
    pub(crate) came: Time,
    pub(crate) is_allowed: bool,
}

/// A message that awaits an answer, under its number, or none.
pub(crate) struct Outgoing {
    pub(crate) request: Request,
    pub(crate) awaits: Option<u64>,
}

impl Process {
    pub(crate) fn start(dial: Arc<Dial>, ttl: Duration) -> Self {
        let exact = Arc::new(Exact::new());
        let leased = Leased::new(exact.clone(), dial.clone());
        Self {
            leased,
            exact,
            dial,
            ttl,
            batches: HashMap::new(),
            questions: HashMap::new(),
            waiting: Vec::new(),
        }
    }

    /// A request that reads the clock as `now`.
    pub(crate) fn request(&mut self, policies: &[Policy], came: Time, now: Now) -> Option<Decided> {
        let asks: Vec<_> = (1..).zip(policies).map(|(key, p)| Ask::one(p, key_of(key))).collect();
        match self.leased.decide(&asks, now) {
            Reply::Now(decision) => Some(Decided { came, is_allowed: decision.is_allowed() }),
            later => {
                self.waiting.push((came, later));
                None
            }
        }
    }

    pub(crate) fn receive(&mut self, answer: Answer) -> Option<Outgoing> {
        let now = self.dial.moment();
        match answer {
            Answer::Granted { id, grants } => {
                let batch = self.batches.remove(&id)?;
                hand_back(self.leased.answered(&batch, Ok(grants), now))
            }
            Answer::Debited { id, is_allowed } => {
                let (sent, slot) = self.questions.remove(&id)?;
                // A permit debited long ago is not used any more.
                let is_fresh = now.since(sent) < self.ttl;
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(is_allowed && is_fresh);
                None
            }
            Answer::Total { .. } => None,
        }
    }

    pub(crate) fn give_up(&mut self, id: u64) {
        if let Some(batch) = self.batches.remove(&id) {
            let problem = LedgerProblem::Unreachable("nobody answered in time".to_owned());
            let _ = self.leased.answered(&batch, Err(problem), self.dial.moment());
        }
        if let Some((_, slot)) = self.questions.remove(&id) {
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(false);
        }
    }

    pub(crate) fn sweep(&mut self) -> Option<Outgoing> {
        hand_back(self.leased.sweep(self.dial.moment()).leftovers)
    }

    pub(crate) fn close(&mut self) -> Option<Outgoing> {
        hand_back(self.leased.close())
    }

    /// What is to be sent now.
    pub(crate) fn outgoing(&mut self, number: &mut u64) -> Vec<Outgoing> {
        let mut outgoing = Vec::new();
        if let Some(batch) = self.leased.work(self.dial.moment()).asks {
            *number += 1;
            let request = Request::Lease { id: *number, asks: batch.asks.clone() };
            self.batches.insert(*number, batch);
            outgoing.push(Outgoing { request, awaits: Some(*number) });
        }
        for question in self.exact.take() {
            *number += 1;
            self.questions.insert(*number, (question.sent, question.slot));
            let request = Request::Debit { id: *number, asks: question.asks };
            outgoing.push(Outgoing { request, awaits: Some(*number) });
        }
        outgoing
    }

    /// Requests whose answer has come.
    pub(crate) fn decided(&mut self) -> Vec<Decided> {
        let mut decided = Vec::new();
        let mut cx = Context::from_waker(Waker::noop());
        self.waiting.retain_mut(|(came, reply)| match pin!(reply).poll(&mut cx) {
            Poll::Ready(decision) => {
                let decision: Decision = decision;
                decided.push(Decided { came: *came, is_allowed: decision.is_allowed() });
                false
            }
            Poll::Pending => true,
        });
        decided
    }
}

fn key_of(number: u64) -> Key {
    Key::from_hash(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn hand_back(leftovers: Vec<Leftover>) -> Option<Outgoing> {
    let request = Request::TakeBack(leftovers);
    let is_empty = matches!(&request, Request::TakeBack(leftovers) if leftovers.is_empty());
    (!is_empty).then_some(Outgoing { request, awaits: None })
}
