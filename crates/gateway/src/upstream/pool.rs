//! Idle connections to one address.

use std::cell::RefCell;
use std::time::Duration;

use tokio::time::Instant;

use super::lane::Lane;

/// Shorter than the keep-alive time of common servers but the shortest, which close first; a
/// request that meets such a close is sent again.
const LONGEST_IDLE: Duration = Duration::from_secs(55);

/// Last in, first out: the rest of a burst's connections grow old and go.
pub(super) struct Pool {
    most: usize,
    idle: RefCell<Vec<(Lane, Instant)>>,
}

impl Pool {
    pub(super) fn new(most: usize) -> Self {
        Self { most, idle: RefCell::default() }
    }

    pub(super) fn take(&self) -> Option<Lane> {
        let mut idle = self.idle.borrow_mut();
        while let Some((mut lane, _)) = idle.pop() {
            if lane.is_free() {
                return Some(lane);
            }
        }
        None
    }

    /// Keeps a lane whose last exchange is complete.
    pub(super) fn give(&self, mut lane: Lane) {
        if self.idle.borrow().len() < self.most && lane.retire() {
            self.idle.borrow_mut().push((lane, Instant::now()));
        }
    }

    /// Closes what is old or closed at the other end.
    pub(super) fn sweep(&self) {
        let now = Instant::now();
        self.idle.borrow_mut().retain_mut(|(lane, since)| {
            now.duration_since(*since) < LONGEST_IDLE && lane.is_free()
        });
    }
}
