//! A day of the calendar.

use std::fmt;
use std::str::FromStr;

/// A day, counted from 1970-01-01. Which moments belong to it, a time zone says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Day(pub i32);

/// Not a day such as `2026-11-21`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a day such as `2026-11-21`")]
pub struct NotADay;

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;
/// Days in 400 years of the Gregorian calendar.
const ERA: i64 = 146_097;

impl Day {
    /// `month` and `day` count from 1. `None` for a day that no calendar has.
    pub fn of(year: i32, month: u32, day: u32) -> Option<Self> {
        let is_valid = (0..=9999).contains(&year) && (1..=12).contains(&month) && day >= 1;
        if !is_valid {
            return None;
        }
        // Years begin in March, so that a leap day ends one.
        let shifted = i64::from(year) - i64::from(month <= 2);
        let (era, year_of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
        let day_of_year = (153 * ((i64::from(month) + 9) % 12) + 2) / 5 + i64::from(day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let found = Self(i32::try_from(era * ERA + day_of_era - EPOCH).ok()?);
        (found.date() == (year, month, day)).then_some(found)
    }

    /// Year, month and day of the month.
    pub fn date(self) -> (i32, u32, u32) {
        let days = i64::from(self.0) + EPOCH;
        let (era, day_of_era) = (days.div_euclid(ERA), days.rem_euclid(ERA));
        let leaps = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
        let year_of_era = (day_of_era - leaps) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let narrow = |number: i64| u32::try_from(number).unwrap_or_default();
        (i32::try_from(year).unwrap_or_default(), narrow(month), narrow(day))
    }

    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let is_shaped = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        if !is_shaped {
            return Err(NotADay);
        }
        let mut parts = text.split('-');
        let mut next = || parts.next().and_then(|part| part.parse::<u32>().ok()).ok_or(NotADay);
        let (year, month, day) = (next()?, next()?, next()?);
        Self::of(i32::try_from(year).map_err(|_| NotADay)?, month, day).ok_or(NotADay)
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        for text in ["1970-01-01", "2000-02-29", "2026-11-21", "9999-12-31", "0001-03-01"] {
            assert_eq!(text.parse::<Day>().map(|day| day.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("1970-01-02".parse(), Ok(Day(1)));
        assert_eq!(
            "2026-11-21".parse::<Day>().map(|day| day.plus(10).to_string()).as_deref(),
            Ok("2026-12-01")
        );
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in
            ["", "2026-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "21.11.2026", "2026-11-2a"]
        {
            assert_eq!(text.parse::<Day>(), Err(NotADay), "{text}");
        }
    }

    #[test]
    fn every_day_of_a_thousand_years_comes_back() {
        for number in -180_000..180_000 {
            let (year, month, day) = Day(number).date();
            assert_eq!(Day::of(year, month, day), Some(Day(number)));
        }
    }
}
