//! A shared rate in the store's books: debits, and what may be taken back of them.
//!
//! The time is the store's own, in 64ths of a nanosecond here; the sums are the same in any unit.
//!
//! # Why a hand-back adds nothing
//! A debit of `d` at time `t` moves the TAT to `max(TAT, t) + d`. Suppose the debits in the books were
//! only those of permits that are never handed back, and call the TAT of those books `T*`. Every debit
//! passed the test `TAT <= now + tolerance`, so as long as `TAT >= T*` holds at all times, permits that
//! stay debited obey the bucket's law. Unrolled, `T*` is the largest, over debits `j`, of `t_j` plus all
//! debits from `j` on.
//!
//! Taking `c` off the TAT for permits of debit `m` at time `now` keeps `TAT >= T*` if
//! * `c` is at most what the debit added: terms with `j <= m` fall by `c`, too;
//! * the TAT without it stays at or above `t_j` plus the debits from `j` on for each `j > m`. The TAT
//!   has grown from `after`, where debit `m` left it, by all later debits, and fallen by what was taken
//!   back since, `p`. So `after - p - c >= now` is enough, since `now >= t_j`.
//!
//! That is `c <= after - p - now`: what time drained of a debit is not given back, since others may
//! have been admitted because of it. [`Account::returned`] only grows, and its growth since the debit
//! is `p`. A receipt is void for books that were begun anew meanwhile.
//!
//! If the store's clock steps back, all TATs grow against it, as if they were debited: the proof holds,
//! and [`Account::settle`] caps the wait. If it leaps by `s`, the bucket refills as if `s` had passed.
//! If a store loses its last writes, each lost permit is used or handed back, never both: the excess is
//! at most what was lost.

use std::time::Duration;

use model::{Moment, Rate};

use super::{Grant, Receipt};
use crate::gcra::{Bucket, Ticks};

/// The books of one key under a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// When the books were begun, to tell them from later ones of the same key.
    pub born: u64,
    /// When the bucket is full again.
    pub tat: u64,
    /// All that was ever taken off `tat`.
    pub returned: u64,
}

/// A rate and its burst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Between two permits, rounded up.
    pub emission: u64,
    /// The burst's worth of emissions.
    pub tolerance: u64,
}

impl Account {
    pub fn open(now: u64) -> Self {
        Self { born: now, tat: now, returned: 0 }
    }

    /// Debits what can be granted of `want`.
    pub fn lease(&mut self, terms: Terms, want: u32, now: u64) -> Grant {
        self.settle(terms, now);
        let free = terms.tolerance - (self.tat - now);
        let at_hand = free / terms.emission;
        let permits = u32::try_from(at_hand.div_ceil(2)).unwrap_or(u32::MAX).min(want);
        self.tat += u64::from(permits) * terms.emission;
        let remaining = at_hand - u64::from(permits);
        let missing = if remaining > 0 { 0 } else { terms.emission - free % terms.emission };
        Grant {
            permits,
            remaining,
            more_in: Duration::from_nanos(Ticks(missing).nanos()),
            is_paused: false,
            valid_for: Duration::MAX,
            receipt: Receipt([self.born, self.tat, self.returned]),
        }
    }

    /// Debits all of `cost`, or nothing and says how long until it could be.
    pub fn debit(&mut self, terms: Terms, cost: u64, now: u64) -> Result<(), Duration> {
        self.settle(terms, now);
        let after = self.tat.saturating_add(terms.emission.saturating_mul(cost));
        let latest = now.saturating_add(terms.tolerance);
        if after > latest {
            return Err(Duration::from_nanos(Ticks(after - latest).nanos()));
        }
        self.tat = after;
        Ok(())
    }

    /// Takes `permits` of a grant off the debt again, as far as they still count.
    pub fn take_back(&mut self, terms: Terms, permits: u32, receipt: Receipt, now: u64) {
        self.settle(terms, now);
        let Receipt([born, after, returned]) = receipt;
        if born != self.born {
            return;
        }
        let since = self.returned.saturating_sub(returned);
        let counts = after.saturating_sub(since).saturating_sub(now);
        let credit = (u64::from(permits) * terms.emission).min(counts).min(self.tat - now);
        self.tat -= credit;
        self.returned += credit;
    }

    /// Brings the TAT between the present and the debt of an empty bucket; more than that stems from a
    /// clock that stepped back.
    fn settle(&mut self, terms: Terms, now: u64) {
        let most = now.saturating_add(terms.tolerance);
        if self.tat > most {
            self.returned += self.tat - most;
            self.tat = most;
        }
        self.tat = self.tat.max(now);
    }
}

impl Terms {
    pub fn of(rate: Rate, burst: u32) -> Self {
        Bucket::new(rate, burst).terms()
    }

    /// The present, for a store that goes by the same clock.
    pub fn ticks(now: Moment) -> u64 {
        Ticks::at(now).0
    }
}

#[cfg(test)]
mod tests;
