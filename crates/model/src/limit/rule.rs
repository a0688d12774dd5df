//! What a limit counts.

use std::fmt;
use std::time::Duration;

use crate::limit::{Period, Zone};
use crate::throttle::{self, ThrottleProblem};
use crate::units::{Rate, span_text};

/// One way of counting, separately for each key.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// At most `burst` at once and `rate` over time: a bucket that refills steadily.
    Rate { rate: Rate, burst: u32 },
    /// At most `limit` in each window; twice that around the border of two windows.
    FixedWindow {
        limit: u64,
        #[serde(serialize_with = "crate::units::serialize_span")]
        per: Duration,
    },
    /// As a fixed window, but the window before counts for the part of it that lies less than `per`
    /// ago, as if its requests had been spread evenly.
    SlidingWindow {
        limit: u64,
        #[serde(serialize_with = "crate::units::serialize_span")]
        per: Duration,
    },
    /// A budget for a period.
    Quota { limit: u64, period: Period, zone: Zone },
    /// At most so many at the same time.
    Concurrency { slots: u32 },
}

/// `20/min burst 50`, `1000/day`, `100 in 1m`, `20 at once`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Rate { rate, burst } => write!(f, "{rate} burst {burst}"),
            Rule::FixedWindow { limit, per } => write!(f, "{limit} in each {}", span_text(*per)),
            Rule::SlidingWindow { limit, per } => write!(f, "{limit} in any {}", span_text(*per)),
            Rule::Quota { limit, period, zone } => match period {
                Period::Day => write!(f, "{limit}/day {zone}"),
                Period::Week => write!(f, "{limit}/week {zone}"),
                Period::Month => write!(f, "{limit}/month {zone}"),
                Period::Rolling(per) => write!(f, "{limit}/{}", span_text(*per)),
            },
            Rule::Concurrency { slots } => write!(f, "{slots} at once"),
        }
    }
}

/// Why a limit cannot be enforced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleProblem {
    #[error(transparent)]
    Throttle(#[from] ThrottleProblem),
    #[error("a limit of 0 admits nothing; give at least 1")]
    Nothing,
    #[error("a limit of {limit} is more than can be counted; give at most {most}")]
    Much { limit: u64, most: u64 },
    #[error("a period of {} is not between {} and {}", span_text(*.period), span_text(SHORTEST), span_text(LONGEST))]
    Period { period: Duration },
    #[error("a period of {} is not whole milliseconds", span_text(*.0))]
    Uneven(Duration),
}

/// Sums of usage and cost stay far from the largest number, and exact in scripts that count in
/// floating point.
const MOST: u64 = 1 << 52;
/// Rolling periods are counted in slices of 32 bits.
const MOST_ROLLING: u64 = u32::MAX as u64;
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_hours(366 * 24);

impl Rule {
    /// Whether permits can be used later than they are debited.
    pub fn is_leasable(&self) -> bool {
        match self {
            Rule::Rate { .. } | Rule::FixedWindow { .. } => true,
            Rule::Quota { period, .. } => !matches!(period, Period::Rolling(_)),
            Rule::SlidingWindow { .. } | Rule::Concurrency { .. } => false,
        }
    }

    /// Whether this can be counted.
    pub fn check(&self) -> Result<(), RuleProblem> {
        match *self {
            Rule::Rate { rate, burst } => Ok(throttle::check(rate, burst)?),
            Rule::FixedWindow { limit, per } | Rule::SlidingWindow { limit, per } => {
                amount(limit, MOST)?;
                span(per)
            }
            Rule::Quota { limit, period: Period::Rolling(per), .. } => {
                amount(limit, MOST_ROLLING)?;
                span(per)
            }
            Rule::Quota { limit, .. } => amount(limit, MOST),
            Rule::Concurrency { slots } => amount(u64::from(slots), MOST),
        }
    }

    /// The most that can be taken at once, by a key that has taken nothing.
    pub fn limit(&self) -> u64 {
        match *self {
            Rule::Rate { burst, .. } => u64::from(burst),
            Rule::Concurrency { slots } => u64::from(slots),
            Rule::FixedWindow { limit, .. }
            | Rule::SlidingWindow { limit, .. }
            | Rule::Quota { limit, .. } => limit,
        }
    }
}

fn amount(limit: u64, most: u64) -> Result<(), RuleProblem> {
    match limit {
        0 => Err(RuleProblem::Nothing),
        limit if limit > most => Err(RuleProblem::Much { limit, most }),
        _ => Ok(()),
    }
}

fn span(period: Duration) -> Result<(), RuleProblem> {
    if !(SHORTEST..=LONGEST).contains(&period) {
        return Err(RuleProblem::Period { period });
    }
    if !period.subsec_nanos().is_multiple_of(1_000_000) {
        return Err(RuleProblem::Uneven(period));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(rule: &Rule) -> String {
        rule.check().err().map(|problem| problem.to_string()).unwrap_or_default()
    }

    fn rolling(limit: u64, per: Duration) -> Rule {
        Rule::Quota { limit, period: Period::Rolling(per), zone: Zone::UTC }
    }

    #[test]
    fn what_cannot_be_counted_is_refused() {
        const SECOND: Duration = Duration::from_secs(1);
        let daily = |limit| Rule::Quota { limit, period: Period::Day, zone: Zone::UTC };
        let cases = [
            (Rule::FixedWindow { limit: 1, per: SECOND }, ""),
            (
                Rule::FixedWindow { limit: 0, per: SECOND },
                "a limit of 0 admits nothing; give at least 1",
            ),
            (Rule::Concurrency { slots: 0 }, "a limit of 0 admits nothing; give at least 1"),
            (daily(1 << 52), ""),
            (
                daily(1 << 53),
                "a limit of 9007199254740992 is more than can be counted; give at most 4503599627370496",
            ),
            (
                rolling(1 << 32, SECOND),
                "a limit of 4294967296 is more than can be counted; give at most 4294967295",
            ),
            (
                Rule::SlidingWindow { limit: 1, per: Duration::from_millis(99) },
                "a period of 99ms is not between 100ms and 366d",
            ),
            (
                rolling(1, Duration::from_hours(367 * 24)),
                "a period of 367d is not between 100ms and 366d",
            ),
            (
                Rule::FixedWindow { limit: 1, per: Duration::from_micros(100_500) },
                "a period of 100ms is not whole milliseconds",
            ),
            (
                Rule::Rate { rate: Rate { permits: 0, per: SECOND }, burst: 1 },
                "rate 0/s admits nothing; give at least 1",
            ),
        ];
        for (rule, expected) in &cases {
            assert_eq!(said(rule), *expected, "{rule:?}");
        }
    }
}
