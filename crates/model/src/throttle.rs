//! A declared rate limit.

use std::time::Duration;

use crate::Rate;

/// The longest a used-up throttle may take to be whole again.
const LONGEST_REFILL: Duration = Duration::from_hours(366 * 24);

/// Why a rate and a burst cannot be enforced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThrottleProblem {
    #[error("rate {0} admits nothing; give at least 1")]
    Rate(Rate),
    #[error("a burst of 0 admits nothing; give at least 1")]
    Burst,
    #[error(
        "rate {0} is faster than a limit can count; leave the limit out or give at most 1000000000/s"
    )]
    Fast(Rate),
    #[error(
        "a burst of {burst} at {rate} takes over a year to refill; give a burst of at most {most}"
    )]
    Slow { rate: Rate, burst: u32, most: u32 },
}

/// Whether permits that come at `rate` and gather up to `burst` can be counted.
pub fn check(rate: Rate, burst: u32) -> Result<(), ThrottleProblem> {
    if rate.permits == 0 || rate.per.is_zero() {
        return Err(ThrottleProblem::Rate(rate));
    }
    if burst == 0 {
        return Err(ThrottleProblem::Burst);
    }
    // Permits are a nanosecond or more apart.
    if u128::from(rate.permits) > rate.per.as_nanos() {
        return Err(ThrottleProblem::Fast(rate));
    }
    let most = LONGEST_REFILL.as_nanos() * u128::from(rate.permits) / rate.per.as_nanos();
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    if burst > most {
        return Err(ThrottleProblem::Slow { rate, burst, most });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(permits: u32, seconds: u64, burst: u32) -> String {
        let rate = Rate { permits, per: Duration::from_secs(seconds) };
        check(rate, burst).err().map(|problem| problem.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_cannot_be_counted_is_refused() {
        const DAY: u64 = 86_400;
        let cases = [
            (problem(0, 1, 1), "rate 0/s admits nothing; give at least 1"),
            (problem(1, 1, 0), "a burst of 0 admits nothing; give at least 1"),
            (
                problem(1_000_000_001, 1, 1),
                "rate 1000000001/s is faster than a limit can count; leave the limit out or give at most 1000000000/s",
            ),
            (
                problem(1, DAY, 400),
                "a burst of 400 at 1/day takes over a year to refill; give a burst of at most 366",
            ),
            (problem(1_000_000_000, 1, u32::MAX), ""),
            (problem(1, DAY, 366), ""),
            (problem(u32::MAX, DAY, u32::MAX), ""),
        ];
        for (said, expected) in cases {
            assert_eq!(said, expected);
        }
    }
}
