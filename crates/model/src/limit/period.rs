//! Over which time a quota is counted.

use std::time::Duration;

use jiff::civil::{Date, Weekday};
use jiff::{ToSpan, Zoned};

use crate::limit::Zone;
use crate::{Day, Timestamp, units};

/// Calendar periods begin at midnight in the quota's time zone, or when its day begins where clocks
/// skip midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Period {
    Day,
    /// From Monday on.
    Week,
    /// From the first of the month on.
    Month,
    /// Any span of this length. Counted in [`ROLLING_SLICES`] slices, laid end to end from 1970 on:
    /// permits come back when the whole slice they were taken in lies further back, so never early.
    Rolling(Duration),
}

/// How finely a rolling period is counted.
pub const ROLLING_SLICES: u64 = 24;

/// From `start` to just before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub start: Timestamp,
    pub end: Timestamp,
}

impl Window {
    pub fn contains(&self, time: Timestamp) -> bool {
        (self.start..self.end).contains(&time)
    }

    /// The window of this length that `now` is in, where windows are laid end to end from 1970 on.
    pub fn of(length: Duration, now: Timestamp) -> Self {
        let length = u64::try_from(length.as_millis()).unwrap_or(u64::MAX).max(1);
        let start = now.0 - now.0 % length;
        Self { start: Timestamp(start), end: Timestamp(start.saturating_add(length)) }
    }
}

impl Timestamp {
    /// The day that it is in this zone.
    pub fn day_in(self, zone: &Zone) -> Day {
        let date = Zoned::new(instant(self), zone.time_zone().clone()).date();
        let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
        Day::of(i32::from(date.year()), u32::from(month), u32::from(day)).unwrap_or_default()
    }
}

impl Period {
    /// The calendar window that `now` is in; nothing for a rolling period, which has no bounds.
    pub fn window(self, zone: &Zone, now: Timestamp) -> Option<Window> {
        let here = Zoned::new(instant(now), zone.time_zone().clone());
        let today = here.date();
        let (first, next) = match self {
            Period::Rolling(_) => return None,
            Period::Day => (today, today.saturating_add(1.day())),
            Period::Week => {
                let since = i64::from(today.weekday().since(Weekday::Monday));
                let monday = today.saturating_sub(since.days());
                (monday, monday.saturating_add(7.days()))
            }
            Period::Month => {
                (today.first_of_month(), today.first_of_month().saturating_add(1.month()))
            }
        };
        let beginning = |date| beginning(zone, date).unwrap_or(now);
        Some(Window { start: beginning(first), end: beginning(next) })
    }
}

impl serde::Serialize for Period {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Period::Day => serializer.serialize_str("day"),
            Period::Week => serializer.serialize_str("week"),
            Period::Month => serializer.serialize_str("month"),
            Period::Rolling(span) => units::serialize_span(span, serializer),
        }
    }
}

fn beginning(zone: &Zone, date: Date) -> Option<Timestamp> {
    let midnight = date.to_zoned(zone.time_zone().clone()).ok()?.start_of_day().ok()?;
    u64::try_from(midnight.timestamp().as_millisecond()).ok().map(Timestamp)
}

fn instant(time: Timestamp) -> jiff::Timestamp {
    let millis = i64::try_from(time.0).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_window(period: Period, zone: &str, at: &str, expected: &str) {
        let zone = Zone::named(zone).expect("zone");
        let now: jiff::Timestamp = at.parse().expect("time");
        let now = Timestamp(u64::try_from(now.as_millisecond()).expect("after 1970"));
        let window = period.window(&zone, now).expect("a calendar period");
        assert!(window.contains(now));
        let text = format!("{} {}", instant(window.start), instant(window.end));
        assert_eq!(text, expected, "{period:?} {zone:?} {at}");
    }

    #[test]
    fn days_begin_with_their_zones_day() {
        assert_window(
            Period::Day,
            "UTC",
            "2026-11-21T11:00:00Z",
            "2026-11-21T00:00:00Z 2026-11-22T00:00:00Z",
        );
        // 23 and 25 hours.
        assert_window(
            Period::Day,
            "Europe/Berlin",
            "2026-03-29T12:00:00Z",
            "2026-03-28T23:00:00Z 2026-03-29T22:00:00Z",
        );
        assert_window(
            Period::Day,
            "Europe/Berlin",
            "2026-10-25T12:00:00Z",
            "2026-10-24T22:00:00Z 2026-10-25T23:00:00Z",
        );
        // Half an hour.
        assert_window(
            Period::Day,
            "Australia/Lord_Howe",
            "2026-10-04T00:00:00Z",
            "2026-10-03T13:30:00Z 2026-10-04T13:00:00Z",
        );
        // Midnight is skipped, or comes twice.
        assert_window(
            Period::Day,
            "America/Santiago",
            "2026-09-06T12:00:00Z",
            "2026-09-06T04:00:00Z 2026-09-07T03:00:00Z",
        );
        assert_window(
            Period::Day,
            "America/Havana",
            "2026-11-01T12:00:00Z",
            "2026-11-01T04:00:00Z 2026-11-02T05:00:00Z",
        );
    }

    #[test]
    fn weeks_and_months_begin_with_their_zones_day() {
        assert_window(
            Period::Week,
            "America/New_York",
            "2026-03-08T12:00:00Z",
            "2026-03-02T05:00:00Z 2026-03-09T04:00:00Z",
        );
        assert_window(
            Period::Month,
            "America/New_York",
            "2026-11-30T23:00:00Z",
            "2026-11-01T04:00:00Z 2026-12-01T05:00:00Z",
        );
        assert_window(
            Period::Month,
            "UTC",
            "2028-02-29T23:59:59.999Z",
            "2028-02-01T00:00:00Z 2028-03-01T00:00:00Z",
        );
    }

    #[test]
    fn a_moment_is_a_day_in_each_zone() {
        let day =
            |zone, millis| Timestamp(millis).day_in(&Zone::named(zone).expect("zone")).to_string();
        assert_eq!(day("UTC", 1_795_303_800_000), "2026-11-21");
        assert_eq!(day("Asia/Tokyo", 1_795_303_800_000), "2026-11-22");
        assert_eq!(day("America/Havana", 0), "1969-12-31");
    }

    #[test]
    fn windows_of_a_length_lie_end_to_end() {
        let window = Window::of(Duration::from_secs(60), Timestamp(119_999));
        assert_eq!(window, Window { start: Timestamp(60_000), end: Timestamp(120_000) });
        assert!(!window.contains(window.end));
    }
}
