//! Counts admitted requests by day, from all workers at once.

use std::sync::atomic::{AtomicU64, Ordering};

use model::Day;

/// Days of one parity share a cell: today's and yesterday's never do, and what is two days old has
/// been noted long ago.
#[derive(Debug, Default)]
pub(super) struct Tally([AtomicU64; 2]);

/// A cell holds the day in its upper bits, and the count below: a trillion requests a day.
const COUNT_BITS: u32 = 40;
const MOST: u64 = (1 << COUNT_BITS) - 1;

impl Tally {
    pub(super) fn count(&self, day: Day) {
        self.update(day, |count| count + 1);
    }

    /// Never lowers a figure.
    pub(super) fn restore(&self, day: Day, admitted: u64) {
        self.update(day, |count| count.max(admitted));
    }

    fn update(&self, day: Day, change: impl Fn(u64) -> u64) {
        let number = u64::from(day.0.unsigned_abs());
        let cell = &self.0[usize::from(!number.is_multiple_of(2))];
        // The count orders nothing else.
        let _ = cell.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
            let count = if held >> COUNT_BITS == number { held & MOST } else { 0 };
            Some((number << COUNT_BITS) | change(count).min(MOST))
        });
    }

    /// What was counted on the last two days.
    pub(super) fn figures(&self) -> impl Iterator<Item = (Day, u64)> {
        let held = self.0.each_ref().map(|cell| cell.load(Ordering::Relaxed));
        let read =
            |held: u64| (Day(i32::try_from(held >> COUNT_BITS).unwrap_or_default()), held & MOST);
        held.into_iter().map(read).filter(|(_, count)| *count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(tally: &Tally) -> Vec<(i32, u64)> {
        let mut figures: Vec<_> = tally.figures().map(|(day, count)| (day.0, count)).collect();
        figures.sort_unstable();
        figures
    }

    #[test]
    fn days_are_counted_apart() {
        let tally = Tally::default();
        for day in [20_000, 20_000, 20_001, 20_000, 20_001] {
            tally.count(Day(day));
        }
        assert_eq!(figures(&tally), [(20_000, 3), (20_001, 2)]);
        tally.count(Day(20_002));
        assert_eq!(figures(&tally), [(20_001, 2), (20_002, 1)]);
    }

    #[test]
    fn restored_figures_are_counted_on() {
        let tally = Tally::default();
        tally.count(Day(20_000));
        tally.restore(Day(20_000), 41);
        tally.restore(Day(20_000), 7);
        tally.count(Day(20_000));
        assert_eq!(figures(&tally), [(20_000, 42)]);
    }

    #[test]
    fn nothing_is_lost_between_threads() {
        const EACH: u64 = 50_000;
        let tally = Tally::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..EACH).for_each(|_| tally.count(Day(20_000))));
            }
        });
        assert_eq!(figures(&tally), [(20_000, 4 * EACH)]);
    }
}
