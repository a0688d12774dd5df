//! Time. The only file of the project that reads the system's clocks; everything else is handed a
//! [`Clock`] or a point in time.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::Day;

/// A point on the monotonic clock, in nanoseconds since an origin that lies before the process
/// served anything. Only differences have a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(pub u64);

impl Moment {
    pub fn since(self, earlier: Moment) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    #[must_use]
    pub fn plus(self, span: Duration) -> Moment {
        Moment(self.0.saturating_add(nanos(span)))
    }
}

/// A point on the wall clock, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// Date and time by UTC as RFC 3339 writes them: `2030-01-31T12:00:00Z`.
    pub fn parse(text: &str) -> Option<Self> {
        let millis = text.parse::<jiff::Timestamp>().ok()?.as_millisecond();
        u64::try_from(millis).ok().map(Self)
    }

    /// Zero when `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    pub fn as_secs(self) -> u64 {
        self.0 / 1000
    }

    #[must_use]
    pub fn plus(self, span: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(millis(span)))
    }

    /// Not before 1970.
    #[must_use]
    pub fn minus(self, span: Duration) -> Timestamp {
        Timestamp(self.0.saturating_sub(millis(span)))
    }
}

/// Both clocks, read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    pub moment: Moment,
    pub timestamp: Timestamp,
}

/// By UTC: `2026-11-21T11:00:00.000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAY: u64 = 86_400_000;
        let day = Day(i32::try_from(self.0 / DAY).unwrap_or(i32::MAX));
        let (millis, seconds) = (self.0 % DAY, self.0 % DAY / 1000);
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        write!(f, "{day}T{hours:02}:{minutes:02}:{:02}.{:03}Z", seconds % 60, millis % 1000)
    }
}

/// Where time comes from.
pub trait Clock: Send + Sync + fmt::Debug {
    fn moment(&self) -> Moment;
    fn timestamp(&self) -> Timestamp;

    fn now(&self) -> Now {
        Now { moment: self.moment(), timestamp: self.timestamp() }
    }
}

/// The machine's own clocks.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the file that reads the clock")]
    pub fn start() -> Self {
        Self { origin: Instant::now() }
    }
}

/// Keeps [`Moment`] zero in the past, so that "an hour ago" can be expressed at start.
const HEADROOM: Duration = Duration::from_hours(24);

#[expect(clippy::disallowed_methods, reason = "this is the file that reads the clock")]
impl Clock for SystemClock {
    fn moment(&self) -> Moment {
        Moment(nanos(self.origin.elapsed() + HEADROOM))
    }

    fn timestamp(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }
}

/// A clock that stands still until a test moves it. Processes and sockets keep their own pace, so
/// nothing fires early as it does with a paused runtime clock.
#[derive(Debug)]
pub struct ManualClock {
    moment: AtomicU64,
    timestamp: AtomicU64,
}

impl ManualClock {
    pub fn at(timestamp: Timestamp) -> Self {
        Self { moment: AtomicU64::new(nanos(HEADROOM)), timestamp: AtomicU64::new(timestamp.0) }
    }

    pub fn advance(&self, span: Duration) {
        self.moment.fetch_add(nanos(span), Ordering::SeqCst);
        self.timestamp.fetch_add(millis(span), Ordering::SeqCst);
    }

    /// Sets the wall clock, forward or back. The other one goes on as it did.
    pub fn set(&self, timestamp: Timestamp) {
        self.timestamp.store(timestamp.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn moment(&self) -> Moment {
        Moment(self.moment.load(Ordering::SeqCst))
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp(self.timestamp.load(Ordering::SeqCst))
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_written_by_utc() {
        assert_eq!(Timestamp(1_700_000_000_005).to_string(), "2023-11-14T22:13:20.005Z");
    }

    #[test]
    fn no_point_in_time_lies_before_1970() {
        let day = Duration::from_hours(24);
        assert_eq!(Timestamp(86_400_005).minus(day), Timestamp(5));
        assert_eq!(Timestamp(5).minus(day), Timestamp(0));
        assert_eq!(Timestamp(5).minus(Duration::MAX), Timestamp(0));
    }

    #[test]
    fn a_manual_clock_moves_both_hands() {
        let clock = ManualClock::at(Timestamp(1_000));
        let before = clock.moment();
        clock.advance(Duration::from_millis(250));
        assert_eq!(clock.moment().since(before), Duration::from_millis(250));
        assert_eq!(clock.timestamp(), Timestamp(1_250));
    }
}
