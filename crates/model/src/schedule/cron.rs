//! `cron(minutes hours day-of-month month day-of-week year)`, as EventBridge reads it.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html>

mod days;
mod field;

use std::fmt;
use std::sync::Arc;

use jiff::civil::{Date, DateTime, date};

use super::expression::ScheduleProblem;
use days::Days;
use field::{Field, HOURS, MINUTES, MONTHS, YEARS};

/// A cron expression that was understood. Two are equal when they were written alike.
#[derive(Debug, Clone)]
pub struct Cron {
    minutes: Field,
    hours: Field,
    months: Field,
    years: Field,
    days: Days,
    /// As written, single-spaced.
    text: Arc<str>,
}

impl Cron {
    pub(super) fn parse(inside: &str) -> Result<Self, ScheduleProblem> {
        let fields: Vec<&str> = inside.split_ascii_whitespace().collect();
        let [minutes, hours, day_of_month, month, day_of_week, year] = fields[..] else {
            return Err(ScheduleProblem::CronFields(fields.len()));
        };
        Ok(Self {
            minutes: Field::parse(minutes, &MINUTES)?,
            hours: Field::parse(hours, &HOURS)?,
            months: Field::parse(month, &MONTHS)?,
            years: Field::parse(year, &YEARS)?,
            days: Days::parse(day_of_month, day_of_week)?,
            text: fields.join(" ").into(),
        })
    }

    /// The first minute after the one of `from` that the expression names, on a calendar without
    /// zones.
    pub(super) fn following(&self, from: DateTime) -> Option<DateTime> {
        let today = from.date();
        let is_today = self.is_day(today);
        if is_today && let Some((hour, minute)) = self.later(from.hour(), from.minute()) {
            return Some(today.at(hour, minute, 0, 0));
        }
        let day = self.day_after(today)?;
        let (hour, minute) = (self.hours.from(0)?, self.minutes.from(0)?);
        Some(day.at(small(hour), small(minute), 0, 0))
    }

    /// The first time of a day after this one.
    fn later(&self, hour: i8, minute: i8) -> Option<(i8, i8)> {
        let (hour, minute) = (u32::from(hour.unsigned_abs()), u32::from(minute.unsigned_abs()));
        if self.hours.contains(hour)
            && let Some(minute) = self.minutes.from(minute + 1)
        {
            return Some((small(hour), small(minute)));
        }
        let hour = self.hours.from(hour + 1)?;
        Some((small(hour), small(self.minutes.from(0)?)))
    }

    fn is_day(&self, day: Date) -> bool {
        let (year, month) = year_and_month(day);
        let is_month = self.years.contains(year) && self.months.contains(month);
        is_month && self.days.in_month(day) >> day.day() & 1 == 1
    }

    fn day_after(&self, today: Date) -> Option<Date> {
        let tomorrow = today.tomorrow().ok()?;
        let (mut year, mut month) = year_and_month(tomorrow);
        let mut first_day = tomorrow.day();
        loop {
            let named = self.years.from(year)?;
            if named > year {
                (year, month, first_day) = (named, 1, 1);
            }
            let Some(named) = self.months.from(month) else {
                (year, month, first_day) = (year + 1, 1, 1);
                continue;
            };
            if named > month {
                (month, first_day) = (named, 1);
            }
            let first = date(i16::try_from(year).ok()?, small(month), 1);
            let later = self.days.in_month(first) & (u32::MAX << first_day);
            if later != 0 {
                return first.with().day(small(later.trailing_zeros())).build().ok();
            }
            (month, first_day) = (month + 1, 1);
        }
    }
}

/// Hours, minutes, months and days fit.
fn small(value: u32) -> i8 {
    i8::try_from(value).unwrap_or(i8::MAX)
}

fn year_and_month(day: Date) -> (u32, u32) {
    (u32::from(day.year().unsigned_abs()), u32::from(day.month().unsigned_abs()))
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cron({})", self.text)
    }
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Cron {}
