//! Keys that are closed until a point in time.

use std::sync::atomic::{AtomicU64, Ordering};

use model::Timestamp;

use super::counts::Counts;
use crate::count::ENDS;
use crate::{Key, StoreProblem};

#[derive(Debug)]
pub(super) struct Pauses {
    ends: Counts,
    /// When the last one is over, so that a decision looks no further while there are none.
    last: AtomicU64,
}

impl Pauses {
    pub(super) fn new(ends: Counts) -> Self {
        let last = AtomicU64::new(ends.latest_end());
        Self { ends, last }
    }

    pub(super) fn are_there(&self, now: Timestamp) -> bool {
        self.last.load(Ordering::Acquire) > now.0
    }

    /// The end of the key's pause, if it lies ahead.
    pub(super) fn until(&self, key: Key, now: Timestamp) -> Option<Timestamp> {
        if !self.are_there(now) {
            return None;
        }
        let words = self.ends.raw(key)?;
        (words[ENDS] > now.0).then_some(Timestamp(words[ENDS]))
    }

    /// The later of two pauses holds.
    pub(super) fn pause(
        &self,
        key: Key,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreProblem> {
        if until <= now {
            return Ok(());
        }
        if !self.ends.raise_end(key, until.0, now) {
            return Err(StoreProblem("there is no room for one more pause; resume some".into()));
        }
        self.last.fetch_max(until.0, Ordering::AcqRel);
        Ok(())
    }

    pub(super) fn resume(&self, key: Key) {
        self.ends.forget(key);
    }
}
