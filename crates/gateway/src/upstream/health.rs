//! What is known of one address. Shared by all workers.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use model::{Clock, Moment};

#[derive(Debug, Default)]
pub(super) struct Health {
    in_flight: AtomicU32,
    /// Requests that failed in a row.
    failures: AtomicU32,
    /// Zero when the address is not ejected.
    ejected_until: AtomicU64,
    /// The active check's verdict.
    down: AtomicBool,
    streak: AtomicU32,
}

impl Health {
    pub(super) fn in_flight(&self) -> u32 {
        self.in_flight.load(Relaxed)
    }

    pub(super) fn enter(&self) {
        self.in_flight.fetch_add(1, Relaxed);
    }

    pub(super) fn leave(&self) {
        self.in_flight.fetch_sub(1, Relaxed);
    }

    pub(super) fn is_available(&self, clock: &dyn Clock) -> bool {
        let until = self.ejected_until.load(Relaxed);
        let is_ejected = until != 0 && clock.moment() < Moment(until);
        !is_ejected && !self.down.load(Relaxed)
    }

    pub(super) fn succeeded(&self) {
        // The stores would take the cache line from other workers on every request.
        if self.failures.load(Relaxed) != 0 {
            self.failures.store(0, Relaxed);
        }
        if self.ejected_until.load(Relaxed) != 0 {
            self.ejected_until.store(0, Relaxed);
        }
    }

    /// Returns whether this failure ejected the address.
    pub(super) fn failed(&self, most: u32, eject_for: Duration, clock: &dyn Clock) -> bool {
        let failures = self.failures.fetch_add(1, Relaxed).saturating_add(1);
        if most == 0 || failures < most {
            return false;
        }
        self.failures.store(0, Relaxed);
        self.ejected_until.store(clock.moment().plus(eject_for).0, Relaxed);
        true
    }

    /// Notes an active check. Returns whether it changed the verdict.
    pub(super) fn checked(&self, is_well: bool, healthy_after: u32, unhealthy_after: u32) -> bool {
        if is_well != self.down.load(Relaxed) {
            self.streak.store(0, Relaxed);
            return false;
        }
        let streak = self.streak.fetch_add(1, Relaxed).saturating_add(1);
        let needed = if is_well { healthy_after } else { unhealthy_after };
        if streak < needed {
            return false;
        }
        self.streak.store(0, Relaxed);
        self.down.store(!is_well, Relaxed);
        if is_well {
            self.ejected_until.store(0, Relaxed);
            self.failures.store(0, Relaxed);
        }
        true
    }
}
