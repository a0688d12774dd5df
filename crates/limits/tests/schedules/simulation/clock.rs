//! A clock that the world moves.

use std::sync::atomic::{AtomicU64, Ordering};

use model::{Clock, Moment, Timestamp};

/// True time of the world, in nanoseconds.
pub(crate) type Time = u64;

pub(crate) const MILLISECOND: Time = 1_000_000;
pub(crate) const SECOND: Time = 1_000_000_000;

/// A machine's two clocks: how far each is from true time.
#[derive(Debug)]
pub(crate) struct Dial {
    moment: AtomicU64,
    timestamp: AtomicU64,
    moment_offset: u64,
    /// Milliseconds; moves when somebody sets the clock.
    wall_offset: AtomicU64,
}

impl Dial {
    pub(crate) fn new(moment_offset: u64, wall_offset: u64) -> Self {
        Self {
            moment: AtomicU64::new(moment_offset),
            timestamp: AtomicU64::new(wall_offset),
            moment_offset,
            wall_offset: AtomicU64::new(wall_offset),
        }
    }

    pub(crate) fn show(&self, time: Time) {
        self.moment.store(time + self.moment_offset, Ordering::Relaxed);
        let wall = time / MILLISECOND + self.wall_offset.load(Ordering::Relaxed);
        self.timestamp.store(wall, Ordering::Relaxed);
    }

    /// Somebody sets the wall clock. The monotonic clock goes on.
    pub(crate) fn step_wall(&self, millis: i64) {
        let before = self.wall_offset.load(Ordering::Relaxed);
        self.wall_offset.store(before.saturating_add_signed(millis), Ordering::Relaxed);
    }
}

impl Clock for Dial {
    fn moment(&self) -> Moment {
        Moment(self.moment.load(Ordering::Relaxed))
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp(self.timestamp.load(Ordering::Relaxed))
    }
}
