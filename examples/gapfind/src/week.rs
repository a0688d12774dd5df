//! The week that schedules are about: 14 hours of 7 days.

use std::fmt;
use std::str::FromStr;

pub const HOURS_PER_DAY: usize = 14;
pub const DAYS_PER_WEEK: usize = 7;
pub const HOURS_PER_WEEK: usize = HOURS_PER_DAY * DAYS_PER_WEEK;
/// Monday to Friday come first.
pub const WEEKDAYS: usize = 5;

pub const DAYS: [&str; DAYS_PER_WEEK] =
    ["Lunes", "Martes", "Miercoles", "Jueves", "Viernes", "Sábado", "Domingo"];

pub const HOURS: [&str; HOURS_PER_DAY] = [
    "6:30 AM", "7:30 AM", "8:30 AM", "9:30 AM", "10:30 AM", "11:30 AM", "12:30 PM", "1:30 PM",
    "2:30 PM", "3:30 PM", "4:30 PM", "5:30 PM", "6:30 PM", "7:30 PM",
];

/// A value for every hour of the week, `[hour][day]`.
pub type Grid<T> = [[T; DAYS_PER_WEEK]; HOURS_PER_DAY];

/// One hour of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    hour: usize,
    day: usize,
}

impl Slot {
    /// `None` outside the week.
    pub fn new(hour: i64, day: i64) -> Option<Self> {
        let hour = usize::try_from(hour).ok().filter(|hour| *hour < HOURS_PER_DAY)?;
        let day = usize::try_from(day).ok().filter(|day| *day < DAYS_PER_WEEK)?;
        Some(Self { hour, day })
    }

    pub fn hour(self) -> usize {
        self.hour
    }

    pub fn day(self) -> usize {
        self.day
    }

    /// Every slot, hour by hour and within an hour day by day.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..HOURS_PER_WEEK)
            .map(|place| Self { hour: place / DAYS_PER_WEEK, day: place % DAYS_PER_WEEK })
    }

    fn place(self) -> usize {
        self.hour * DAYS_PER_WEEK + self.day
    }
}

/// The hours in which somebody has class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Schedule {
    classes: u128,
}

impl Schedule {
    pub fn has_class(self, slot: Slot) -> bool {
        self.classes >> slot.place() & 1 == 1
    }

    pub fn is_day_free(self, day: usize) -> bool {
        Slot::all().filter(|slot| slot.day == day).all(|slot| !self.has_class(slot))
    }
}

impl FromIterator<Slot> for Schedule {
    fn from_iter<I: IntoIterator<Item = Slot>>(slots: I) -> Self {
        let classes = slots.into_iter().fold(0, |classes, slot| classes | 1 << slot.place());
        Self { classes }
    }
}

/// 98 characters, `1` where there is class, in the order of [`Slot::all`].
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Slot::all().try_for_each(|slot| f.write_str(if self.has_class(slot) { "1" } else { "0" }))
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a schedule is {HOURS_PER_WEEK} zeros and ones")]
pub struct NotASchedule;

impl FromStr for Schedule {
    type Err = NotASchedule;

    fn from_str(text: &str) -> Result<Self, NotASchedule> {
        if text.len() != HOURS_PER_WEEK || !text.bytes().all(|byte| matches!(byte, b'0' | b'1')) {
            return Err(NotASchedule);
        }
        Ok(Slot::all()
            .zip(text.bytes())
            .filter(|(_, byte)| *byte == b'1')
            .map(|(slot, _)| slot)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_written_hour_by_hour() {
        let schedule: Schedule = [(0, 1), (1, 0), (13, 6)]
            .into_iter()
            .filter_map(|(hour, day)| Slot::new(hour, day))
            .collect();
        let text = schedule.to_string();
        let ones: Vec<usize> = text.match_indices('1').map(|(at, _)| at).collect();
        assert_eq!((text.len(), ones), (98, vec![1, 7, 97]));
        assert_eq!(text.parse(), Ok(schedule));
    }

    #[test]
    fn only_98_zeros_and_ones_are_a_schedule() {
        assert_eq!("01".parse::<Schedule>(), Err(NotASchedule));
        assert_eq!("2".repeat(98).parse::<Schedule>(), Err(NotASchedule));
        assert_eq!("0".repeat(98).parse(), Ok(Schedule::default()));
    }

    #[test]
    fn slots_outside_the_week_do_not_exist() {
        assert_eq!(Slot::new(14, 0), None);
        assert_eq!(Slot::new(0, 7), None);
        assert_eq!(Slot::new(-1, 0), None);
        assert!(Slot::new(13, 6).is_some());
    }
}
