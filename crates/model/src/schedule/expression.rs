//! Reads `rate(..)`, `cron(..)` and `at(..)`, and says when each is due next.
//! <https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>

use std::fmt;

use jiff::civil::DateTime;

use super::cron::Cron;
use super::rate::EveryRate;
use super::{at, instant};
use crate::Timestamp;
use crate::limit::Zone;

/// An expression that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScheduleExpression {
    Rate(EveryRate),
    Cron(Box<Cron>),
    At(DateTime),
}

/// Whose rules an expression follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// EventBridge rules know no `at`, and a rate's unit must agree with its number.
    Rules,
    /// EventBridge Scheduler, and manifests.
    Scheduler,
}

/// Why an expression was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleProblem {
    #[error(
        "`{0}` is no schedule; write rate(5 minutes), cron(0 12 * * ? *) or at(2030-01-31T12:00:00)"
    )]
    Form(String),
    #[error("a rule knows no at(..); make it a schedule")]
    AtInRule,
    #[error("`{0}` is no rate; write a number and minutes, hours or days")]
    RateForm(String),
    #[error("`{0}` is no number of at least 1, or too many for a rate")]
    RateCount(String),
    #[error("`{0}` is no unit of a rate; use minutes, hours or days")]
    RateUnit(String),
    #[error(
        "a rule's rate agrees with its number: 1 {unit}, 2 {unit}s, but not {count} with the other form"
    )]
    RateNumber { count: u64, unit: &'static str },
    #[error("`{0}` is no date and time as in 2030-01-31T12:00:00")]
    At(String),
    #[error(
        "a cron expression has six fields: minutes, hours, day of the month, month, day of the week, year; this has {0}"
    )]
    CronFields(usize),
    #[error("exactly one of the day of the month and the day of the week is `?`")]
    CronDays,
    #[error("`{text}` is no {field}: {reason}")]
    CronField { field: &'static str, text: String, reason: &'static str },
}

impl ScheduleExpression {
    pub fn parse(text: &str, dialect: Dialect) -> Result<Self, ScheduleProblem> {
        let form = || ScheduleProblem::Form(text.to_owned());
        let (kind, inside) = text.split_once('(').ok_or_else(form)?;
        let inside = inside.strip_suffix(')').ok_or_else(form)?;
        match (kind, dialect) {
            ("rate", _) => EveryRate::parse(inside, dialect).map(Self::Rate),
            ("cron", _) => Cron::parse(inside).map(|cron| Self::Cron(Box::new(cron))),
            ("at", Dialect::Scheduler) => at::parse(inside).map(Self::At),
            ("at", Dialect::Rules) => Err(ScheduleProblem::AtInRule),
            _ => Err(form()),
        }
    }

    /// The first due time after `after`. Where clocks are set forward, due times that they skip
    /// are left out; where they are set back, a due time that they show twice comes once, at the
    /// first. A rate goes by elapsed time from `anchor`.
    pub(super) fn next(
        &self,
        zone: &Zone,
        anchor: Timestamp,
        after: Timestamp,
    ) -> Option<Timestamp> {
        match self {
            Self::Rate(rate) => rate.next(anchor, after),
            Self::At(at) => at::next(*at, zone, after),
            Self::Cron(cron) => {
                let mut from = instant::shown(after, zone);
                loop {
                    let shown = cron.following(from)?;
                    match instant::first(shown, zone) {
                        Some(due) if due > after => return Some(due),
                        _ => from = shown,
                    }
                }
            }
        }
    }
}

impl fmt::Display for ScheduleExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate(rate) => rate.fmt(f),
            Self::Cron(cron) => cron.fmt(f),
            Self::At(at) => write!(f, "at({at})"),
        }
    }
}

impl serde::Serialize for ScheduleExpression {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for ScheduleExpression {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text, Dialect::Scheduler).map_err(serde::de::Error::custom)
    }
}
