//! The two fields of a cron expression that name days; exactly one of them does, the other is `?`.

use jiff::civil::Date;

use super::super::expression::ScheduleProblem;
use super::field::{Bounds, DAYS_OF_MONTH, DAYS_OF_WEEK, Field};

#[derive(Debug, Clone)]
pub(super) enum Days {
    OfMonth { days: Field, special: Vec<InMonth> },
    OfWeek { days: Field, special: Vec<InWeek> },
}

/// A day of the month that depends on the month.
#[derive(Debug, Clone, Copy)]
pub(super) enum InMonth {
    /// `L` and `L-3`: the last day, or so many before it.
    Last(u32),
    /// `LW`: the last day from Monday to Friday.
    LastWeekday,
    /// `15W`: the day from Monday to Friday that is nearest and in the same month.
    Nearest(u32),
}

/// A day of the week in one of a month's weeks.
#[derive(Debug, Clone, Copy)]
pub(super) enum InWeek {
    /// `6L`: the month's last Friday.
    Last(u32),
    /// `3#2`: the month's second Tuesday.
    Nth(u32, u32),
}

impl Days {
    pub(super) fn parse(of_month: &str, of_week: &str) -> Result<Self, ScheduleProblem> {
        match (of_month, of_week) {
            ("?", "?") => Err(ScheduleProblem::CronDays),
            ("?", text) => Self::of_week(text),
            (text, "?") => Self::of_month(text),
            _ => Err(ScheduleProblem::CronDays),
        }
    }

    fn of_month(text: &str) -> Result<Self, ScheduleProblem> {
        let mut days = Field::empty(&DAYS_OF_MONTH);
        let mut special = Vec::new();
        for item in text.split(',') {
            match item.strip_suffix(['W', 'w']) {
                Some("L" | "l") => special.push(InMonth::LastWeekday),
                Some(day) => special.push(InMonth::Nearest(DAYS_OF_MONTH.value(day, text)?)),
                None => match item.strip_prefix(['L', 'l']) {
                    Some("") => special.push(InMonth::Last(0)),
                    Some(before) => special.push(InMonth::Last(before_last(before, text)?)),
                    None => days.add_item(item, text, &DAYS_OF_MONTH)?,
                },
            }
        }
        Ok(Self::OfMonth { days, special })
    }

    fn of_week(text: &str) -> Result<Self, ScheduleProblem> {
        let mut days = Field::empty(&DAYS_OF_WEEK);
        let mut special = Vec::new();
        if text.contains('#') && text.contains(',') {
            return Err(DAYS_OF_WEEK.problem(text, "with `#` it is the only day"));
        }
        for item in text.split(',') {
            if let Some((day, nth)) = item.split_once('#') {
                let day = DAYS_OF_WEEK.value(day, text)?;
                special.push(InWeek::Nth(day, NTH.value(nth, text)?));
            } else if item.eq_ignore_ascii_case("L") {
                days.add_item("SAT", text, &DAYS_OF_WEEK)?;
            } else if let Some(day) = item.strip_suffix(['L', 'l']) {
                special.push(InWeek::Last(DAYS_OF_WEEK.value(day, text)?));
            } else {
                days.add_item(item, text, &DAYS_OF_WEEK)?;
            }
        }
        Ok(Self::OfWeek { days, special })
    }

    /// The days of this day's month: bit 1 is the first.
    pub(super) fn in_month(&self, month: Date) -> u32 {
        let length = u32::from(month.days_in_month().unsigned_abs());
        // The day of the week of the first, 1 for Sunday.
        let first =
            u32::from(month.first_of_month().weekday().to_sunday_zero_offset().unsigned_abs()) + 1;
        let weekday = |day: u32| (first - 1 + day - 1) % 7 + 1;
        let of_days = |is_named: &dyn Fn(u32) -> bool| -> u32 {
            (1..=length).filter(|day| is_named(*day)).fold(0, |bits, day| bits | 1 << day)
        };
        match self {
            Days::OfMonth { days, special } => {
                let plain = of_days(&|day| days.contains(day));
                special.iter().fold(plain, |bits, rule| bits | rule.bit(length, &weekday))
            }
            Days::OfWeek { days, special } => {
                let plain = of_days(&|day| days.contains(weekday(day)));
                special.iter().fold(plain, |bits, rule| bits | rule.bit(length, &weekday))
            }
        }
    }
}

const NTH: Bounds = Bounds {
    name: "day of the week",
    least: 1,
    most: 5,
    range: "a month has its first to fifth of a day, as in 3#2",
    names: &[],
    wraps: false,
};

fn before_last(text: &str, whole: &str) -> Result<u32, ScheduleProblem> {
    let days = text.strip_prefix('-').and_then(|days| days.parse().ok());
    days.filter(|days| (1..=30).contains(days))
        .ok_or_else(|| DAYS_OF_MONTH.problem(whole, "before the last day come 1 to 30, as in L-3"))
}

const SUNDAY: u32 = 1;
const SATURDAY: u32 = 7;

impl InMonth {
    fn bit(self, length: u32, weekday: &dyn Fn(u32) -> u32) -> u32 {
        match self {
            InMonth::Last(before) if before < length => 1 << (length - before),
            InMonth::Nearest(day) if day <= length => 1 << nearest(day, length, weekday),
            InMonth::LastWeekday => 1 << nearest(length, length, weekday),
            InMonth::Last(_) | InMonth::Nearest(_) => 0,
        }
    }
}

fn nearest(day: u32, length: u32, weekday: &dyn Fn(u32) -> u32) -> u32 {
    match weekday(day) {
        SATURDAY if day == 1 => 3,
        SATURDAY => day - 1,
        SUNDAY if day == length => day - 2,
        SUNDAY => day + 1,
        _ => day,
    }
}

impl InWeek {
    fn bit(self, length: u32, weekday: &dyn Fn(u32) -> u32) -> u32 {
        let (day, nth) = match self {
            InWeek::Last(day) => (day, None),
            InWeek::Nth(day, nth) => (day, Some(nth)),
        };
        let mut named = (1..=length).filter(|date| weekday(*date) == day);
        let date = match nth {
            None => named.next_back(),
            Some(nth) => named.nth(nth as usize - 1),
        };
        date.map_or(0, |date| 1 << date)
    }
}
