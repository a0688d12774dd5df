//! The permits of one lease in one atomic word: how many are left, and until when they may be used.
//!
//! A permit is taken by one compare-and-swap that sees both, so that none is taken after the lease
//! expired, was collected, or made room for another.

#[cfg(not(all(test, loom)))]
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(all(test, loom))]
use loom::sync::atomic::{AtomicU64, Ordering};

use model::Moment;

/// The low bits count permits.
const COUNT_BITS: u32 = 22;
const COUNT: u64 = (1 << COUNT_BITS) - 1;
/// Expiry is counted in 2^16 ns, 65.5 µs, and cut to that: 42 bits last nine years.
const TICK_BITS: u32 = 16;

/// The most permits of one lease.
pub(super) const MOST_PERMITS: u32 = COUNT as u32;

/// Empty when its word is zero.
#[derive(Debug)]
pub(super) struct Pouch(AtomicU64);

/// Which lease a permit was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Expiry(u64);

impl Expiry {
    /// Never later than `moment`.
    pub(super) fn by(moment: Moment) -> Self {
        Self(moment.0 >> TICK_BITS)
    }

    pub(super) fn is_over(self, now: Moment) -> bool {
        now.0 >> TICK_BITS >= self.0
    }

    /// A lease is known by its expiry, so two of one key differ.
    pub(super) fn apart_from(self, other: Expiry) -> Self {
        if self == other { Self(self.0.saturating_sub(1)) } else { self }
    }
}

impl Pouch {
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Takes `count` permits: how many are left and whose they are, or nothing when there are fewer or
    /// the lease is over.
    pub(super) fn take(&self, count: u32, now: Moment) -> Option<(u32, Expiry)> {
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            let expiry = expiry_of(word);
            if count_of(word) < count || expiry.is_over(now) {
                return None;
            }
            let after = word - u64::from(count);
            match self.0.compare_exchange_weak(word, after, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return Some((count_of(after), expiry)),
                Err(seen) => word = seen,
            }
        }
    }

    /// Puts back what was taken of this lease, or nothing when the lease was collected since.
    pub(super) fn put_back(&self, count: u32, expiry: Expiry) {
        let mut word = self.0.load(Ordering::Relaxed);
        while word != 0 && expiry_of(word) == expiry {
            let after = word + u64::from(count);
            match self.0.compare_exchange_weak(word, after, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return,
                Err(seen) => word = seen,
            }
        }
    }

    /// Starts a lease in a pouch that has none.
    pub(super) fn fill(&self, count: u32, expiry: Expiry) {
        let word = (expiry.0 << COUNT_BITS) | u64::from(count.min(MOST_PERMITS));
        self.0.store(word, Ordering::Release);
    }

    /// Ends the lease; what is left of it is nobody's any more.
    pub(super) fn collect(&self) -> u32 {
        count_of(self.0.swap(0, Ordering::AcqRel))
    }

    /// What can still be taken.
    pub(super) fn left(&self, now: Moment) -> u32 {
        let word = self.0.load(Ordering::Relaxed);
        if expiry_of(word).is_over(now) { 0 } else { count_of(word) }
    }

    /// What is left of the lease, expired or not, and which it is.
    pub(super) fn state(&self) -> (u32, Expiry) {
        let word = self.0.load(Ordering::Acquire);
        (count_of(word), expiry_of(word))
    }
}

fn count_of(word: u64) -> u32 {
    u32::try_from(word & COUNT).unwrap_or(u32::MAX)
}

fn expiry_of(word: u64) -> Expiry {
    Expiry(word >> COUNT_BITS)
}

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, loom))]
mod orders;
