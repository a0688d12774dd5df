//! Two days of quotas around the nights on which clocks change.

use jiff::{Timestamp as Instant, Zoned};
use model::{Period, Rule, Zone};

use super::*;

const DAILY: u64 = 1_000;
const MONTHLY: u64 = 1_600;
const STEP: Duration = Duration::from_secs(30);

/// What the calendar of the zone says was admitted, from dates alone: a request every half minute for
/// 48 hours, each admitted if its date has fewer than `DAILY` before it, and its month than `MONTHLY`.
struct Diary {
    zone: jiff::tz::TimeZone,
    days: Vec<(jiff::civil::Date, u64)>,
}

impl Diary {
    fn admits(&mut self, now: Timestamp) -> [bool; 2] {
        let millis = i64::try_from(now.0).expect("millis");
        let instant = Instant::from_millisecond(millis).expect("time");
        let date = Zoned::new(instant, self.zone.clone()).date();
        if self.days.last().is_none_or(|(last, _)| *last != date) {
            self.days.push((date, 0));
        }
        let month = |day: jiff::civil::Date| (day.year(), day.month());
        let in_month: u64 =
            self.days.iter().filter(|(day, _)| month(*day) == month(date)).map(|(_, n)| n).sum();
        let (_, today) = self.days.last_mut().expect("today");
        let verdict = [*today < DAILY, in_month < MONTHLY];
        *today += u64::from(verdict == [true, true]);
        verdict
    }
}

fn two_days(zone: &str, start: &str) -> Vec<u64> {
    let start: Instant = start.parse().expect("time");
    let start = Timestamp(u64::try_from(start.as_millisecond()).expect("after 1970"));
    let bench = Bench::at(start);
    let quota = |name, limit, period| {
        let zone = Zone::named(zone).expect("zone");
        Policy::new("plans", name, Rule::Quota { limit, period, zone }).expect("policy")
    };
    let (daily, monthly) =
        (quota("daily", DAILY, Period::Day), quota("monthly", MONTHLY, Period::Month));
    let asks = [
        Ask::one(&daily, bench.key(&daily, "alice")),
        Ask::one(&monthly, bench.key(&monthly, "alice")),
    ];
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(zone).expect("zone");
    let mut diary = Diary { zone, days: Vec::new() };
    while bench.clock.timestamp() < start.plus(Duration::from_hours(48)) {
        let now = bench.clock.timestamp();
        let decision = bench.decide(&asks);
        let verdict = decision.standings().iter().map(|standing| !standing.is_violated());
        assert_eq!(verdict.collect::<Vec<_>>(), diary.admits(now), "{now:?}");
        bench.clock.advance(STEP);
    }
    diary.days.into_iter().map(|(_, admitted)| admitted).collect()
}

/// Each start is 18:00 on the eve of the change.
#[test]
fn quotas_are_exact_over_nights_on_which_clocks_change() {
    // 720 until midnight; then a full day's quota or what the month leaves.
    let cases = [
        ("Europe/Berlin", "2026-03-28T17:00:00Z", vec![720, 880, 0]),
        ("Europe/Berlin", "2026-10-24T16:00:00Z", vec![720, 880, 0]),
        ("America/New_York", "2026-03-07T23:00:00Z", vec![720, 880, 0]),
        ("America/New_York", "2026-10-31T22:00:00Z", vec![720, 1000, 600]),
        ("Australia/Lord_Howe", "2026-10-03T07:30:00Z", vec![720, 880, 0]),
        ("Australia/Lord_Howe", "2026-04-04T07:00:00Z", vec![720, 880, 0]),
    ];
    for (zone, start, expected) in cases {
        assert_eq!(two_days(zone, start), expected, "{zone} {start}");
    }
}
