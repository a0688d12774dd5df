//! Calendar windows, with the present one kept: to find it takes a walk through a time zone's rules.

use std::sync::atomic::{AtomicU64, Ordering};

use model::limit::Window;
use model::{Period, Timestamp, Zone};

#[derive(Debug)]
pub(super) struct Calendar {
    period: Period,
    zone: Zone,
    /// The window found last: its start in seconds, above its length in seconds. 22 bits hold 48
    /// days.
    last: AtomicU64,
}

const LENGTH_BITS: u32 = 22;

impl Calendar {
    pub(super) fn new(period: Period, zone: Zone) -> Self {
        Self { period, zone, last: AtomicU64::new(0) }
    }

    pub(super) fn window(&self, now: Timestamp) -> Window {
        let last = unpack(self.last.load(Ordering::Relaxed));
        if last.contains(now) {
            return last;
        }
        let whole_day = || Window::of(std::time::Duration::from_hours(24), now);
        let window = self.period.window(&self.zone, now).unwrap_or_else(whole_day);
        self.last.store(pack(window), Ordering::Relaxed);
        window
    }
}

/// Zones have been whole seconds apart at all times.
fn pack(window: Window) -> u64 {
    let length = (window.end.0 - window.start.0) / 1000;
    (window.start.0 / 1000) << LENGTH_BITS | length
}

fn unpack(packed: u64) -> Window {
    let start = (packed >> LENGTH_BITS) * 1000;
    let length = (packed & ((1 << LENGTH_BITS) - 1)) * 1000;
    Window { start: Timestamp(start), end: Timestamp(start + length) }
}

impl Clone for Calendar {
    fn clone(&self) -> Self {
        Self::new(self.period, self.zone.clone())
    }
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.period == other.period && self.zone == other.zone
    }
}

impl Eq for Calendar {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_kept_is_the_window_found() {
        let zone = Zone::named("Australia/Lord_Howe").expect("zone");
        for period in [Period::Day, Period::Week, Period::Month] {
            let calendar = Calendar::new(period, zone.clone());
            for hour in 0..24 * 400_u64 {
                let now = Timestamp(1_790_000_000_000 + hour * 3_599_999);
                assert_eq!(Some(calendar.window(now)), period.window(&zone, now));
                assert_eq!(Some(calendar.window(now)), period.window(&zone, now));
            }
        }
    }
}
