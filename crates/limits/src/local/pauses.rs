//! Keys that are closed until a point in time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

use model::Timestamp;

use crate::Key;

#[derive(Debug, Default)]
pub(super) struct Pauses {
    /// How many there are, so that a decision looks no further while there are none.
    count: AtomicUsize,
    until: RwLock<HashMap<Key, Timestamp>>,
}

impl Pauses {
    pub(super) fn are_there(&self) -> bool {
        self.count.load(Ordering::Acquire) > 0
    }

    /// The end of the key's pause, if it lies ahead.
    pub(super) fn until(&self, key: Key, now: Timestamp) -> Option<Timestamp> {
        if !self.are_there() {
            return None;
        }
        let until = self.until.read().unwrap_or_else(PoisonError::into_inner);
        until.get(&key).copied().filter(|until| *until > now)
    }

    /// The later of two pauses holds.
    pub(super) fn pause(&self, key: Key, until: Timestamp, now: Timestamp) {
        let mut all = self.until.write().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, until| *until > now);
        if until > now {
            let held = all.entry(key).or_default();
            *held = until.max(*held);
        }
        self.count.store(all.len(), Ordering::Release);
    }

    pub(super) fn resume(&self, key: Key) {
        let mut all = self.until.write().unwrap_or_else(PoisonError::into_inner);
        all.remove(&key);
        self.count.store(all.len(), Ordering::Release);
    }
}
