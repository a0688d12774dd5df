//! A backend under test, and how cases speak to it.

use std::time::Duration;

use model::{Now, Rate, Rule};

use super::Pending;
use crate::{Ask, Decision, Entry, Key, Limits, Look, Policy};

/// A backend with a clock that stands still until it is moved.
pub trait Bed {
    fn limits(&self) -> &dyn Limits;

    fn now(&self) -> Now;

    /// Moves the clock by which the backend decides.
    fn advance(&self, span: Duration) -> Pending<'_>;

    /// The finest difference in time that the backend tells apart.
    fn precision(&self) -> Duration {
        Duration::from_nanos(1)
    }
}

/// What cases are written in.
pub struct Bench {
    bed: Box<dyn Bed>,
}

impl Bench {
    pub(super) fn of(bed: Box<dyn Bed>) -> Self {
        Self { bed }
    }

    pub(super) fn limits(&self) -> &dyn Limits {
        self.bed.limits()
    }

    pub(super) fn now(&self) -> Now {
        self.bed.now()
    }

    pub(super) async fn advance(&self, span: Duration) {
        self.bed.advance(span).await;
    }

    /// Just before a span is over, as far as the backend can tell.
    pub(super) fn before(&self, span: Duration) -> Duration {
        span - self.bed.precision()
    }

    /// Whether two spans are the same to the backend; waits may be rounded up, never down.
    pub(super) fn is_about(&self, span: Duration, expected: Duration) -> bool {
        span >= expected && span <= expected + self.bed.precision()
    }

    pub(super) fn key(&self, policy: &Policy, caller: &str) -> Key {
        self.limits().seed().key(policy).text(caller.as_bytes()).finish()
    }

    pub(super) async fn decide(&self, asks: &[Ask<'_>]) -> Decision {
        let answer = self.limits().decide(asks, self.now());
        answer.await
    }

    pub(super) async fn peek(&self, asks: &[Ask<'_>]) -> Decision {
        let answer = self.limits().peek(asks, self.now());
        answer.await
    }

    pub(super) async fn remaining(&self, ask: Ask<'_>) -> u64 {
        self.peek(&[ask]).await.standings()[0].remaining
    }

    /// How many of so many tries are admitted.
    pub(super) async fn admitted(&self, ask: Ask<'_>, tries: usize) -> usize {
        let mut admitted = 0;
        for _ in 0..tries {
            admitted += usize::from(self.decide(&[ask]).await.is_allowed());
        }
        admitted
    }

    pub(super) async fn inspect(&self, look: &Look) -> Vec<Entry> {
        let entries = self.limits().inspect(look, self.now());
        entries.await.expect("the backend answers")
    }
}

pub(super) fn rate(name: &str, permits: u32, seconds: u64, burst: u32) -> Policy {
    let rate = Rate { permits, per: Duration::from_secs(seconds) };
    policy(name, Rule::Rate { rate, burst })
}

pub(super) fn policy(name: &str, rule: Rule) -> Policy {
    Policy::new("conformance", name, rule).expect("policy")
}
