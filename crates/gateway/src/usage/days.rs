//! Which day it is in a plan's time zone, without asking the calendar for each request.

use std::sync::Arc;

use arc_swap::ArcSwap;
use model::limit::{Period, Window, Zone};
use model::{Day, Timestamp};

pub(crate) struct Days {
    zone: Zone,
    current: ArcSwap<Current>,
}

struct Current {
    window: Window,
    day: Day,
}

impl Current {
    fn at(zone: &Zone, now: Timestamp) -> Self {
        // A calendar period always has bounds; without them the day would be asked for each time.
        let nothing = Window { start: now, end: now };
        let window = Period::Day.window(zone, now).unwrap_or(nothing);
        Self { window, day: now.day_in(zone) }
    }
}

impl Days {
    pub(super) fn of_zone(zone: Zone) -> Self {
        let current = ArcSwap::from_pointee(Current::at(&zone, Timestamp(0)));
        Self { zone, current }
    }

    pub(crate) fn of(&self, now: Timestamp) -> Day {
        let current = self.current.load();
        if current.window.contains(now) {
            return current.day;
        }
        let fresh = Current::at(&self.zone, now);
        let day = fresh.day;
        self.current.store(Arc::new(fresh));
        day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_changes_at_the_zones_midnight() {
        let days = Days::of_zone(Zone::named("Europe/Berlin").expect("a zone"));
        let midnight = 1_795_302_000_000;
        let text = |millis| days.of(Timestamp(millis)).to_string();
        assert_eq!(text(midnight - 1), "2026-11-21");
        assert_eq!(text(midnight), "2026-11-22");
        assert_eq!(text(midnight - 1), "2026-11-21", "clocks may be set back");
    }
}
