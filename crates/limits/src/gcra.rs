//! The generic cell rate algorithm in integers: a bucket is one point in time, the theoretical
//! arrival time (TAT), at which it will be full again.

use std::time::Duration;

use model::{Moment, Rate};

use crate::leased::Terms;
use crate::{Standing, Verdict};

/// Time in 64ths of a nanosecond, so that an emission interval like 1/3 s is cut by less than one
/// permit in 20 billion. Lasts nine years from a process's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticks(pub(crate) u64);

const TICKS_PER_NANO: u32 = 64;

impl Ticks {
    pub(crate) fn of(span: Duration) -> Self {
        let ticks = span.as_nanos().saturating_mul(u128::from(TICKS_PER_NANO));
        Self(u64::try_from(ticks).unwrap_or(u64::MAX))
    }

    pub(crate) fn at(moment: Moment) -> Self {
        Self(moment.0.saturating_mul(u64::from(TICKS_PER_NANO)))
    }

    /// Rounded up.
    pub(crate) fn nanos(self) -> u64 {
        self.0.saturating_add(u64::from(TICKS_PER_NANO) - 1) / u64::from(TICKS_PER_NANO)
    }
}

/// The numbers of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bucket {
    /// Between two permits at the steady rate, rounded up: never faster than declared.
    emission: u64,
    /// How far a TAT may lie in the future: the burst's worth of emissions.
    tolerance: u64,
    /// Of 2^64 over the emission: a processor multiplies several times faster than it divides.
    reciprocal: u64,
}

impl Bucket {
    /// For what [`model::throttle::check`] admits: the tolerance is then little more than a year.
    pub(crate) fn new(rate: Rate, burst: u32) -> Self {
        let emission = Ticks::of(rate.per).0.div_ceil(u64::from(rate.permits));
        let tolerance = emission.saturating_mul(u64::from(burst));
        Self { emission, tolerance, reciprocal: u64::MAX / emission.max(1) }
    }

    /// The same numbers for the books of a shared store.
    pub(crate) fn terms(&self) -> Terms {
        Terms { emission: self.emission, tolerance: self.tolerance }
    }

    /// Whole emissions in a span, and what is left of it. The product falls short of the quotient by less
    /// than two.
    #[inline]
    fn emissions(&self, span: u64) -> (u64, u64) {
        // As of all who were denied a single permit.
        if span < self.emission {
            return (0, span);
        }
        let product = u128::from(span) * u128::from(self.reciprocal);
        let mut quotient = u64::try_from(product >> 64).unwrap_or(u64::MAX);
        let mut rest = span - quotient * self.emission;
        while rest >= self.emission {
            quotient += 1;
            rest -= self.emission;
        }
        (quotient, rest)
    }

    /// What `cost` permits push the TAT by.
    pub(crate) fn debt(&self, cost: u64) -> u64 {
        self.emission.saturating_mul(cost)
    }

    /// Permits that a key with this TAT has used, a permit that has come back in part included.
    pub(crate) fn used(&self, tat: u64, now: Ticks) -> u64 {
        tat.saturating_sub(now.0).div_ceil(self.emission)
    }

    /// The TAT after debiting `debt`, or how long until it could be.
    #[inline]
    pub(crate) fn debit(&self, tat: u64, debt: u64, now: Ticks) -> Result<u64, Ticks> {
        let after = tat.max(now.0).saturating_add(debt);
        if debt == 0 {
            return Ok(after);
        }
        let latest = now.0.saturating_add(self.tolerance);
        if after > latest { Err(Ticks(after - latest)) } else { Ok(after) }
    }

    /// Where a key with this TAT stands; `wait` is what a denied ask has to wait.
    #[inline]
    pub(crate) fn standing(&self, tat: u64, now: Ticks, wait: Option<Ticks>) -> Standing {
        let owed = tat.saturating_sub(now.0);
        let (remaining, rest) = self.emissions(self.tolerance.saturating_sub(owed));
        // One more permit is there once what has come back of it is a whole one; of a key that is
        // overdrawn, once it has drained to that as well.
        let overdrawn = owed.saturating_sub(self.tolerance);
        let more = if owed == 0 { 0 } else { overdrawn + (self.emission - rest) };
        let verdict = if wait.is_some() { Verdict::Exhausted } else { Verdict::Admitted };
        let spans = [more, owed, wait.map_or(0, |wait| wait.0)].map(|span| Ticks(span).nanos());
        Standing::of(verdict, remaining, spans)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn emissions_are_what_division_says(
            permits in 1..u32::MAX,
            per in 1..u64::from(u32::MAX),
            burst in 1..u32::MAX,
            share in 0.0..1.0_f64,
        ) {
            let bucket = Bucket::new(Rate { permits, per: Duration::from_nanos(per) }, burst);
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "any span will do")]
            let span = (bucket.tolerance as f64 * share) as u64;
            for span in [span, bucket.tolerance, span / bucket.emission * bucket.emission, 0] {
                let expected = (span / bucket.emission, span % bucket.emission);
                prop_assert_eq!(bucket.emissions(span), expected);
            }
        }
    }
}
