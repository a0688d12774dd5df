//! Idle connections to one address.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use super::lane::Lane;

/// Pools are swept this often, and count idle time in sweeps: no clock is asked per request.
pub(super) const SWEEP: Duration = Duration::from_secs(1);
/// Shorter than the keep-alive time of common servers but the shortest, which close first; a
/// request that meets such a close is sent again.
const MOST_SWEEPS: u64 = 55;

/// Last in, first out: the rest of a burst's connections grow old and go.
pub(super) struct Pool {
    most: usize,
    idle: RefCell<Vec<(Box<Lane>, u64)>>,
    sweeps: Cell<u64>,
}

impl Pool {
    pub(super) fn new(most: usize) -> Self {
        Self { most, idle: RefCell::default(), sweeps: Cell::new(0) }
    }

    pub(super) fn take(&self) -> Option<Box<Lane>> {
        let mut idle = self.idle.borrow_mut();
        while let Some((lane, _)) = idle.pop() {
            if lane.is_free() {
                return Some(lane);
            }
        }
        None
    }

    /// Keeps a lane if another request may follow on it.
    pub(super) fn give(&self, lane: Box<Lane>) {
        if self.idle.borrow().len() < self.most && lane.is_reusable() {
            self.idle.borrow_mut().push((lane, self.sweeps.get()));
        }
    }

    /// Closes what is old or closed at the other end.
    pub(super) fn sweep(&self) {
        let now = self.sweeps.get() + 1;
        self.sweeps.set(now);
        self.idle.borrow_mut().retain_mut(|(lane, since)| {
            lane.rest();
            now - *since <= MOST_SWEEPS && lane.is_free()
        });
    }
}
