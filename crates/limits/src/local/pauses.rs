//! Keys that are closed until a point in time.

use std::sync::atomic::{AtomicU64, Ordering};

use model::Timestamp;

use super::counts::Counts;
use super::pause_names::{PauseName, PauseNames};
use crate::count::ENDS;
use crate::{Ask, Key, StoreProblem};

#[derive(Debug)]
pub(super) struct Pauses {
    ends: Counts,
    /// When the last one is over, so that a decision looks no further while there are none.
    last: AtomicU64,
    names: PauseNames,
}

impl Pauses {
    pub(super) fn new(ends: Counts, names: PauseNames) -> Self {
        let last = AtomicU64::new(ends.latest_end());
        Self { ends, last, names }
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
        ask: &Ask<'_>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreProblem> {
        if until <= now {
            return Ok(());
        }
        if !self.ends.raise_end(ask.key, until.0, now) {
            return Err(StoreProblem("there is no room for one more pause; resume some".into()));
        }
        self.last.fetch_max(until.0, Ordering::AcqRel);
        let is_paused = |key| self.until(key, now).is_some();
        self.names.keep(ask, is_paused).map_err(|error| {
            StoreProblem(format!(
                "it is paused, but after a restart nobody knows its name: {error}"
            ))
        })
    }

    pub(super) fn resume(&self, key: Key) -> Result<(), StoreProblem> {
        self.ends.forget(key);
        self.names.forget(key).map_err(|error| {
            StoreProblem(format!("it is resumed, but its name is still kept: {error}"))
        })
    }

    /// Who is paused, as far as anybody said what it stands for.
    pub(super) fn named(&self, now: Timestamp) -> Vec<PauseName> {
        let mut all = self.names.all();
        all.retain(|name| self.until(name.key, now).is_some());
        all
    }
}
