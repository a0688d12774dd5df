//! How often keys are asked for, of those that are decided exactly: whether leasing would pay.
//!
//! Keys share counters by their hash. A crowded counter makes a key seem hotter than it is, which
//! costs a lease too many and breaks nothing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::Moment;

use crate::Key;

const COUNTERS: usize = 1 << 13;
/// Asks are counted over a tenth of a second.
const PERIOD: Duration = Duration::from_millis(100);

/// Each word: the number of the period, and asks in it.
#[derive(Debug)]
pub(super) struct Heat(Box<[AtomicU64]>);

impl Heat {
    pub(super) fn new() -> Self {
        Self((0..COUNTERS).map(|_| AtomicU64::new(0)).collect())
    }

    /// Notes one ask: how many there were in this period. Updates may be lost.
    pub(super) fn ask(&self, key: Key, now: Moment) -> u32 {
        let counter = &self.0[usize::try_from(key.0 >> 32).unwrap_or_default() % COUNTERS];
        let period = (now.0 / u64::try_from(PERIOD.as_nanos()).unwrap_or(1)) & 0xffff_ffff;
        let word = counter.load(Ordering::Relaxed);
        let count = if word >> 32 == period { word & 0xffff_ffff } else { 0 } + 1;
        counter.store(period << 32 | count & 0xffff_ffff, Ordering::Relaxed);
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Whether so many asks in a period mean that more than one is made while the store answers one.
    pub(super) fn is_hot(asks: u32, round_trip: Duration) -> bool {
        u128::from(asks) * round_trip.as_nanos() > PERIOD.as_nanos()
    }

    /// Whether a leased key has become so quiet that it may as well be decided exactly. Half of what
    /// makes it hot, so that a key on the border stays where it is.
    pub(super) fn is_cold(per_second: f64, round_trip: Duration) -> bool {
        per_second * round_trip.as_secs_f64() < 0.5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_are_counted_by_period() {
        let heat = Heat::new();
        let asks = |at| heat.ask(Key::from_hash(7 << 40), Moment(at));
        assert_eq!([asks(0), asks(99_999_999), asks(100_000_000)], [1, 2, 1]);
        assert_eq!(heat.ask(Key::from_hash(9 << 40), Moment(100_000_000)), 1);
    }

    #[test]
    fn a_key_on_the_border_stays_where_it_is() {
        let round_trip = Duration::from_millis(1);
        assert!(!Heat::is_hot(100, round_trip));
        assert!(Heat::is_hot(101, round_trip));
        assert!(!Heat::is_cold(999.0, round_trip));
        assert!(!Heat::is_cold(500.0, round_trip));
        assert!(Heat::is_cold(499.0, round_trip));
    }
}
