//! `rate(5 minutes)`: every so often, by elapsed time and not by the clock on the wall.

use std::fmt;
use std::time::Duration;

use super::expression::{Dialect, ScheduleProblem};
use crate::Timestamp;

/// A number of minutes, hours or days; a day is 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EveryRate {
    count: u64,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Minute,
    Hour,
    Day,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::Minute => "minute",
            Unit::Hour => "hour",
            Unit::Day => "day",
        }
    }

    fn minutes(self) -> u64 {
        match self {
            Unit::Minute => 1,
            Unit::Hour => 60,
            Unit::Day => 24 * 60,
        }
    }
}

/// A hundred years of minutes: further than anybody plans, and far from where sums overflow.
const MOST_MINUTES: u64 = 100 * 366 * 24 * 60;

impl EveryRate {
    pub(super) fn parse(inside: &str, dialect: Dialect) -> Result<Self, ScheduleProblem> {
        let mut words = inside.split_ascii_whitespace();
        let (Some(count), Some(unit), None) = (words.next(), words.next(), words.next()) else {
            return Err(ScheduleProblem::RateForm(inside.to_owned()));
        };
        let number = || ScheduleProblem::RateCount(count.to_owned());
        let is_number = count.bytes().all(|byte| byte.is_ascii_digit());
        let value: u64 = if is_number { count.parse().map_err(|_| number())? } else { 0 };
        let (unit, is_plural) = match unit {
            "minute" => (Unit::Minute, false),
            "minutes" => (Unit::Minute, true),
            "hour" => (Unit::Hour, false),
            "hours" => (Unit::Hour, true),
            "day" => (Unit::Day, false),
            "days" => (Unit::Day, true),
            other => return Err(ScheduleProblem::RateUnit(other.to_owned())),
        };
        if value == 0 || value > MOST_MINUTES / unit.minutes() {
            return Err(number());
        }
        if dialect == Dialect::Rules && is_plural == (value == 1) {
            return Err(ScheduleProblem::RateNumber { count: value, unit: unit.name() });
        }
        Ok(Self { count: value, unit })
    }

    pub fn period(self) -> Duration {
        Duration::from_mins(self.count * self.unit.minutes())
    }

    /// The anchor is the first due time.
    pub(super) fn next(self, anchor: Timestamp, after: Timestamp) -> Option<Timestamp> {
        if after < anchor {
            return Some(anchor);
        }
        let period = self.count * self.unit.minutes() * 60_000;
        let passed = (after.0 - anchor.0) / period + 1;
        passed.checked_mul(period).and_then(|span| anchor.0.checked_add(span)).map(Timestamp)
    }
}

impl fmt::Display for EveryRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.count == 1 { "" } else { "s" };
        write!(f, "rate({} {}{plural})", self.count, self.unit.name())
    }
}
