//! Whether a store, or one shard of it, is asked at all.
//!
//! The first failure opens it: a request that found the store dead has waited, and nobody else shall.
//! It never lets a request try whether the store is back; that is the watch's business.

use std::sync::atomic::{AtomicU64, Ordering};

/// Closed while the store answers. An even count is closed, an odd one open; each change adds one.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    changes: AtomicU64,
}

impl Breaker {
    pub(crate) fn is_open(&self) -> bool {
        self.changes.load(Ordering::Acquire) % 2 == 1
    }

    /// Whether this call opened it. `seen` is the count when the failed request was sent: what failed
    /// before the store was back says nothing about it now.
    pub(crate) fn open(&self, seen: u64) -> bool {
        let is_closed = seen.is_multiple_of(2);
        is_closed && self.change(seen)
    }

    /// Whether this call closed it.
    pub(crate) fn close(&self) -> bool {
        let seen = self.changes();
        !seen.is_multiple_of(2) && self.change(seen)
    }

    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    fn change(&self, seen: u64) -> bool {
        let next = seen + 1;
        self.changes.compare_exchange(seen, next, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_opens_it_and_late_ones_do_not() {
        let breaker = Breaker::default();
        let sent = breaker.changes();
        assert!(breaker.open(sent));
        assert!(breaker.is_open());
        assert!(!breaker.open(sent), "the second of two requests that failed together");
        assert!(breaker.close());
        assert!(!breaker.close());
        assert!(!breaker.open(sent), "a request that was sent before the outage");
        assert!(!breaker.is_open());
        assert!(breaker.open(breaker.changes()));
    }
}
