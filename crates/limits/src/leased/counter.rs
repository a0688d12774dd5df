//! A shared window in the store's books: a quota, or a number of requests per fixed span.

use std::time::Duration;

use super::{Grant, Receipt};

/// What of a window's limit is used up or granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counter {
    /// Which window is counted: a later one has a larger number.
    pub window: u64,
    pub used: u64,
}

/// Where the present lies, by the store's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Present {
    pub window: u64,
    /// Until the window ends.
    pub ends_in: Duration,
}

impl Counter {
    /// Debits what can be granted of `want`.
    pub fn lease(&mut self, limit: u64, want: u32, present: Present) -> Grant {
        self.turn(present);
        let at_hand = limit.saturating_sub(self.used);
        // The last ones go singly, so that none is left with a node that does not need it.
        let is_scarce = at_hand.saturating_mul(100) <= limit;
        let most = if is_scarce { at_hand.min(1) } else { at_hand.div_ceil(2) };
        let permits = u32::try_from(most).unwrap_or(u32::MAX).min(want);
        self.used += u64::from(permits);
        let remaining = at_hand - u64::from(permits);
        Grant {
            permits,
            remaining,
            more_in: if remaining > 0 { Duration::ZERO } else { present.ends_in },
            is_paused: false,
            valid_for: present.ends_in,
            receipt: Receipt([self.window, 0, 0]),
        }
    }

    /// Debits all of `cost`, or nothing and says how long until the window ends.
    pub fn debit(&mut self, limit: u64, cost: u64, present: Present) -> Result<(), Duration> {
        self.turn(present);
        if self.used.saturating_add(cost) > limit {
            return Err(present.ends_in);
        }
        self.used += cost;
        Ok(())
    }

    /// Takes back permits that were granted of the window that is still counted.
    pub fn take_back(&mut self, permits: u32, receipt: Receipt, present: Present) {
        self.turn(present);
        if receipt.0[0] == self.window {
            self.used = self.used.saturating_sub(u64::from(permits));
        }
    }

    /// A clock that stepped back does not open a window again.
    fn turn(&mut self, present: Present) {
        if present.window > self.window {
            *self = Self { window: present.window, used: 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u64 = 1000;

    fn at(window: u64) -> Present {
        Present { window, ends_in: Duration::from_secs(9) }
    }

    #[test]
    fn grants_halve_and_the_last_hundredth_goes_singly() {
        let mut counter = Counter::default();
        let granted: Vec<_> =
            (0..20).map(|_| counter.lease(LIMIT, 10_000, at(1)).permits).collect();
        assert_eq!(granted[..8], [500, 250, 125, 63, 31, 16, 8, 1]);
        assert_eq!(granted.iter().sum::<u32>(), 1000);
        let dry = counter.lease(LIMIT, 1, at(1));
        assert_eq!((dry.permits, dry.more_in), (0, Duration::from_secs(9)));
    }

    #[test]
    fn a_small_ask_gets_what_it_wants() {
        let mut counter = Counter::default();
        let grant = counter.lease(LIMIT, 7, at(1));
        assert_eq!((grant.permits, grant.remaining, grant.more_in), (7, 993, Duration::ZERO));
        assert_eq!(grant.valid_for, Duration::from_secs(9));
    }

    #[test]
    fn permits_come_back_to_their_own_window_only() {
        let mut counter = Counter::default();
        let first = counter.lease(LIMIT, 100, at(1));
        counter.take_back(40, first.receipt, at(1));
        assert_eq!(counter.used, 60);
        counter.lease(LIMIT, 10, at(2));
        counter.take_back(60, first.receipt, at(2));
        assert_eq!(counter, Counter { window: 2, used: 10 });
    }

    #[test]
    fn a_clock_that_steps_back_opens_no_window_again() {
        let mut counter = Counter::default();
        counter.lease(LIMIT, 400, at(2));
        counter.lease(LIMIT, 100, at(1));
        assert_eq!(counter, Counter { window: 2, used: 500 });
    }
}
