//! What is asked of the engine and what it answers.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::{Key, Policy};

/// The most limits one request can meet.
pub const MOST_ASKS: usize = model::MOST_THROTTLES;

/// One limit of a request.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    pub policy: &'a Policy,
    pub key: Key,
    /// Permits taken; at 0 nothing is debited and nothing denied. More than the policy's burst is
    /// never admitted.
    pub cost: u32,
}

impl<'a> Ask<'a> {
    pub fn one(policy: &'a Policy, key: Key) -> Self {
        Self { policy, key, cost: 1 }
    }
}

/// Where one key stands under one policy, after the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Permits that can be taken at once.
    pub remaining: u32,
    more_in: u64,
    full_in: u64,
    retry_in: u64,
}

impl Standing {
    pub(crate) fn new(remaining: u32, more_in: u64, full_in: u64, retry_in: u64) -> Self {
        Self { remaining, more_in, full_in, retry_in }
    }

    /// Until one more permit is there; zero when all are.
    pub fn more_in(&self) -> Duration {
        Duration::from_nanos(self.more_in)
    }

    /// Until every permit is there.
    pub fn full_in(&self) -> Duration {
        Duration::from_nanos(self.full_in)
    }

    /// Until the same ask is admitted; zero unless this policy denied it.
    pub fn retry_in(&self) -> Duration {
        Duration::from_nanos(self.retry_in)
    }

    pub fn is_violated(&self) -> bool {
        self.retry_in > 0
    }
}

/// The verdict on one request and where each of its asks stands, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    standings: [Standing; MOST_ASKS],
    asked: u8,
}

impl Decision {
    pub(crate) fn with(asked: usize, mut standing: impl FnMut(usize) -> Standing) -> Self {
        assert!(asked <= MOST_ASKS, "a request meets at most {MOST_ASKS} limits, not {asked}");
        let mut standings = [Standing::default(); MOST_ASKS];
        for (index, slot) in standings[..asked].iter_mut().enumerate() {
            *slot = standing(index);
        }
        Self { standings, asked: u8::try_from(asked).unwrap_or(u8::MAX) }
    }

    pub(crate) fn set(&mut self, index: usize, standing: Standing) {
        self.standings[index] = standing;
    }

    pub fn is_allowed(&self) -> bool {
        !self.standings().iter().any(Standing::is_violated)
    }

    pub fn standings(&self) -> &[Standing] {
        &self.standings[..usize::from(self.asked)]
    }

    /// The ask that frees last among those that denied the request: the one to name first.
    pub fn denied_by(&self) -> Option<usize> {
        let violated = self.standings().iter().enumerate().filter(|(_, s)| s.is_violated());
        violated
            .max_by_key(|(index, s)| (s.retry_in, std::cmp::Reverse(*index)))
            .map(|(index, _)| index)
    }

    /// How long until the same request is admitted, if nobody else takes the permits.
    pub fn retry_after(&self) -> Option<Duration> {
        self.denied_by().map(|index| self.standings[index].retry_in())
    }
}

/// A decision that is there, or will be once a store has answered. Awaiting one that is there costs
/// nothing.
#[must_use]
pub enum Answer {
    Now(Decision),
    Later(Pin<Box<dyn Future<Output = Decision> + Send>>),
}

impl Future for Answer {
    type Output = Decision;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Decision> {
        match self.get_mut() {
            Answer::Now(decision) => Poll::Ready(*decision),
            Answer::Later(pending) => pending.as_mut().poll(cx),
        }
    }
}
