//! A key's slot under its locks: what a decision looks at is what it then writes.

use std::convert::Infallible;
use std::sync::{MutexGuard, PoisonError, TryLockError};

use model::Timestamp;

use super::{Counts, Slot, tag_of};
use crate::Key;
use crate::count::{Count, WORDS, Words};

/// A key whose slot nobody else reads or writes.
pub(super) struct Held<'a> {
    counts: &'a Counts,
    key: Key,
    rows: [u64; 2],
    pub(super) slot: Option<Slot<'a>>,
    /// Of the row that has the slot; of both rows where none has.
    _locks: [Option<MutexGuard<'a, ()>>; 2],
}

/// What a key has used, brought to the present and not written yet.
pub(in super::super) struct Pending<'a> {
    held: Held<'a>,
    words: Words,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Taken {
    Counted,
    Refused,
    /// There is no room for the key.
    Crowded,
}

impl Counts {
    pub(super) fn hold(&self, key: Key) -> Held<'_> {
        let lock = |index: usize| {
            Ok::<_, Infallible>(self.locks[index].lock().unwrap_or_else(PoisonError::into_inner))
        };
        let Ok(held) = self.hold_by(key, lock);
        held
    }

    /// Nothing when others hold what it takes: who holds several keys waits for none.
    #[inline]
    pub(in super::super) fn try_pend(
        &self,
        key: Key,
        count: &Count,
        now: Timestamp,
    ) -> Option<Pending<'_>> {
        let held = self.hold_by(key, |index| match self.locks[index].try_lock() {
            Ok(guard) => Ok(guard),
            Err(TryLockError::Poisoned(poisoned)) => Ok(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => Err(()),
        });
        Some(Pending::of(held.ok()?, count, now))
    }

    pub(in super::super) fn pend(&self, key: Key, count: &Count, now: Timestamp) -> Pending<'_> {
        Pending::of(self.hold(key), count, now)
    }

    pub(super) fn pend_used(&self, key: Key, count: &Count, now: Timestamp) -> Option<Pending<'_>> {
        Some(self.pend(key, count, now)).filter(|pending| pending.held.slot.is_some())
    }

    /// Most keys are in their home row, and need no other lock than its. Two locks are always taken in the
    /// same order.
    fn hold_by<'a, E>(
        &'a self,
        key: Key,
        lock: impl Fn(usize) -> Result<MutexGuard<'a, ()>, E>,
    ) -> Result<Held<'a>, E> {
        let (rows, tag) = (self.rows_of(key), tag_of(key));
        let [home, other] = rows.map(Self::lock_index);
        let held = |slot, locks| Held { counts: self, key, rows, slot, _locks: locks };
        let first = lock(home)?;
        let slot = self.find_in(rows[0], tag);
        if slot.is_some() {
            return Ok(held(slot, [Some(first), None]));
        }
        let locks = match home.cmp(&other) {
            std::cmp::Ordering::Equal => [Some(first), None],
            std::cmp::Ordering::Less => [Some(first), Some(lock(other)?)],
            std::cmp::Ordering::Greater => {
                drop(first);
                [Some(lock(other)?), Some(lock(home)?)]
            }
        };
        let slot = rows.into_iter().find_map(|row| self.find_in(row, tag));
        Ok(held(slot, locks))
    }
}

impl<'a> Held<'a> {
    /// The key's words as they are.
    pub(super) fn words(&self) -> Words {
        self.slot.map_or([0; WORDS], |slot| self.counts.read(slot))
    }

    /// The key's slot, or a new one; nothing when there is no room.
    pub(super) fn claim(&self, now: Timestamp) -> Option<Slot<'a>> {
        self.slot.or_else(|| self.counts.claim(self.rows, self.key, now))
    }
}

impl<'a> Pending<'a> {
    #[inline]
    fn of(held: Held<'a>, count: &Count, now: Timestamp) -> Self {
        let mut words = held.words();
        count.roll(&mut words, now);
        Self { held, words }
    }

    /// What counts, at last with what was taken.
    pub(in super::super) fn words(&self) -> &Words {
        &self.words
    }

    pub(in super::super) fn admits(&self, count: &Count, cost: u64, now: Timestamp) -> bool {
        count.admits(&self.words, cost, now)
    }

    /// Counts what it admits.
    pub(in super::super) fn take(&mut self, count: &Count, cost: u64, now: Timestamp) -> Taken {
        if !self.admits(count, cost, now) {
            return Taken::Refused;
        }
        if cost > 0 && !self.change(now, |words| count.add(words, cost)) {
            return Taken::Crowded;
        }
        Taken::Counted
    }

    /// Writes what `change` makes of the words, for which a key that has used nothing gets a slot. False
    /// when there is no room.
    pub(super) fn change(&mut self, now: Timestamp, change: impl FnOnce(&mut Words)) -> bool {
        let Some(slot) = self.held.claim(now) else { return false };
        self.held.slot = Some(slot);
        self.held.counts.write_rolled(slot, &self.words);
        change(&mut self.words);
        self.held.counts.write_changed(slot, &self.words);
        true
    }

    /// True once, when this process had not met the key: what it used may be an earlier one's.
    pub(in super::super) fn is_first(&self) -> bool {
        self.held.slot.is_some_and(|slot| self.held.counts.is_first_in(slot))
    }
}
