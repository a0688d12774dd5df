//! A table of fixed size for the kinds that count: a key, and the words of [`crate::count`].
//!
//! A key's slot is in one of two rows chosen by its hash, and whoever looks at a row holds its lock for
//! some tens of nanoseconds. Words that have ended are a free slot, so nothing sweeps. When no slot is
//! free, the key whose words end first loses its slot, which is counted; slots in use never do.
//!
//! # What a crash leaves
//! The words may be in memory that outlives the process. Each store is then as if it happened, and
//! stores happen in the order they are written here, so that a process killed between any two of them
//! leaves either what was there or what was acknowledged, or words of a window that is over: counts
//! are brought to the new window before its end is stored, and debits are stored after.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::Timestamp;

use super::OnFull;
use super::memory::Memory;
use crate::Key;
use crate::count::{Count, ENDS, WORDS, Words};

const SLOTS: usize = 4;
/// Locks, each for many rows.
const LOCKS: usize = 256;

#[derive(Debug)]
pub(super) struct Counts {
    memory: Memory,
    /// Words of a slot: the key, those of the count, and which process named it.
    width: usize,
    rows: u64,
    locks: Box<[Mutex<()>]>,
    on_full: OnFull,
    evictions: AtomicU64,
    /// Tells this process's slots from those an earlier one left.
    process: u64,
}

#[derive(Debug)]
pub(super) enum Taken {
    /// Counted; `is_first` when this process sees the key for the first time.
    Counted {
        words: Words,
        is_first: bool,
    },
    /// `is_first` as with those that are counted: an earlier process may have used it up.
    Refused {
        words: Words,
        is_first: bool,
    },
    Crowded,
}

type Slot<'a> = &'a [AtomicU64];

impl Counts {
    /// `count_words` of a slot's words are the count's.
    pub(super) fn new(memory: Memory, count_words: usize, process: u64, on_full: OnFull) -> Self {
        let width = Self::width(count_words);
        let rows = (memory.words().len() / (width * SLOTS)).max(1) as u64;
        let locks = (0..LOCKS).map(|_| Mutex::new(())).collect();
        Self { memory, width, rows, locks, on_full, evictions: AtomicU64::new(0), process }
    }

    /// Memory for so many keys, in words.
    pub(super) fn words_for(keys: usize, count_words: usize) -> usize {
        keys.max(2 * SLOTS).next_multiple_of(SLOTS) * Self::width(count_words)
    }

    fn width(count_words: usize) -> usize {
        count_words + 2
    }

    pub(super) fn evictions(&self) -> u64 {
        self.evictions.load(Ordering::Relaxed)
    }

    pub(super) fn take(&self, key: Key, count: &Count, cost: u64, now: Timestamp) -> Taken {
        let rows = self.rows_of(key);
        let _locks = self.lock(rows);
        let found = self.find(rows, key);
        let mut words = found.map_or([0; WORDS], |slot| self.read(slot));
        count.roll(&mut words, now);
        if !count.admits(&words, cost, now) {
            let is_first = found.is_some_and(|slot| self.is_first_in(slot));
            return Taken::Refused { words, is_first };
        }
        if cost == 0 {
            return Taken::Counted { words, is_first: false };
        }
        let rolled = words;
        count.add(&mut words, cost);
        match found.or_else(|| self.claim(rows, key, now)) {
            Some(slot) => {
                let is_first = self.write(slot, &rolled, &words);
                Taken::Counted { words, is_first }
            }
            None => Taken::Crowded,
        }
    }

    /// Changes what a key has used, if it has used anything that counts, or anyhow when `change` is a
    /// charge.
    fn change(&self, key: Key, count: &Count, now: Timestamp, change: impl FnOnce(&mut Words)) {
        let rows = self.rows_of(key);
        let _locks = self.lock(rows);
        let found = self.find(rows, key);
        let mut words = found.map_or([0; WORDS], |slot| self.read(slot));
        count.roll(&mut words, now);
        let rolled = words;
        change(&mut words);
        if found.is_none() && words == rolled {
            return;
        }
        if let Some(slot) = found.or_else(|| self.claim(rows, key, now)) {
            self.write(slot, &rolled, &words);
        }
    }

    pub(super) fn charge(&self, key: Key, count: &Count, cost: u64, now: Timestamp) {
        self.change(key, count, now, |words| count.add(words, cost));
    }

    pub(super) fn credit(&self, key: Key, count: &Count, cost: u64, [taken, now]: [Timestamp; 2]) {
        self.change(key, count, now, |words| count.subtract(words, cost, taken));
    }

    pub(super) fn reset(&self, key: Key, count: &Count, now: Timestamp) {
        self.change(key, count, now, |words| count.reset(words));
    }

    /// The key's words, brought to the present.
    pub(super) fn look(&self, key: Key, count: &Count, now: Timestamp) -> Words {
        let mut words = self.raw(key).unwrap_or([0; WORDS]);
        count.roll(&mut words, now);
        words
    }

    /// The key's words as they are.
    pub(super) fn raw(&self, key: Key) -> Option<Words> {
        let rows = self.rows_of(key);
        let _locks = self.lock(rows);
        self.find(rows, key).map(|slot| self.read(slot))
    }

    /// Lets words that only end, as a pause does, end no earlier than this. False when there is no
    /// room.
    pub(super) fn raise_end(&self, key: Key, ends: u64, now: Timestamp) -> bool {
        let rows = self.rows_of(key);
        let _locks = self.lock(rows);
        let slot = self.find(rows, key).or_else(|| self.claim(rows, key, now));
        if let Some(slot) = slot {
            slot[1 + ENDS].fetch_max(ends, Ordering::Release);
        }
        slot.is_some()
    }

    pub(super) fn forget(&self, key: Key) {
        let rows = self.rows_of(key);
        let _locks = self.lock(rows);
        if let Some(slot) = self.find(rows, key) {
            slot[1 + ENDS].store(0, Ordering::Release);
        }
    }

    /// The latest end of any words.
    pub(super) fn latest_end(&self) -> u64 {
        let slots = self.memory.words().chunks_exact(self.width);
        slots.map(|slot| slot[1 + ENDS].load(Ordering::Relaxed)).max().unwrap_or(0)
    }

    fn rows_of(&self, key: Key) -> [u64; 2] {
        let home = ((key.0 >> 32) * self.rows) >> 32;
        let other = ((key.0 & 0xffff_ffff) * self.rows) >> 32;
        [home, if other == home { (home + 1) % self.rows } else { other }]
    }

    /// Both rows' locks, always in the same order.
    fn lock(&self, rows: [u64; 2]) -> (MutexGuard<'_, ()>, Option<MutexGuard<'_, ()>>) {
        let [a, b] = rows.map(|row| usize::try_from(row).unwrap_or(0) % LOCKS);
        let lock = |index: usize| self.locks[index].lock().unwrap_or_else(PoisonError::into_inner);
        let first = lock(a.min(b));
        (first, (a != b).then(|| lock(a.max(b))))
    }

    fn slots(&self, row: u64) -> impl Iterator<Item = Slot<'_>> {
        let length = self.width * SLOTS;
        let start = usize::try_from(row).unwrap_or(0) * length;
        self.memory.words()[start..start + length].chunks_exact(self.width)
    }

    fn find(&self, rows: [u64; 2], key: Key) -> Option<Slot<'_>> {
        let tag = tag_of(key);
        let mut slots = rows.into_iter().flat_map(|row| self.slots(row));
        slots.find(|slot| slot[0].load(Ordering::Relaxed) == tag)
    }

    /// A free slot of the emptier row, else that of the key that matters for the shortest time.
    fn claim(&self, rows: [u64; 2], key: Key, now: Timestamp) -> Option<Slot<'_>> {
        let end_of = |slot: &Slot<'_>| slot[1 + ENDS].load(Ordering::Relaxed);
        let is_free = |slot: &Slot<'_>| end_of(slot) <= now.0;
        let [home, other] = rows.map(|row| self.slots(row).filter(is_free).count());
        let row = if other > home { rows[1] } else { rows[0] };
        let slot = if home + other > 0 {
            self.slots(row).find(is_free)?
        } else {
            let slots = rows.into_iter().flat_map(|row| self.slots(row));
            let first = slots.min_by_key(end_of).filter(|slot| end_of(slot) < u64::MAX)?;
            if self.on_full == OnFull::DenyNew {
                return None;
            }
            self.evictions.fetch_add(1, Ordering::Relaxed);
            first
        };
        slot[0].store(0, Ordering::Release);
        for word in &slot[1..] {
            word.store(0, Ordering::Release);
        }
        slot[0].store(tag_of(key), Ordering::Release);
        Some(slot)
    }

    fn read(&self, slot: Slot<'_>) -> Words {
        let mut words = [0; WORDS];
        for (word, cell) in words.iter_mut().zip(&slot[1..self.width - 1]) {
            *word = cell.load(Ordering::Relaxed);
        }
        words
    }

    /// True when this process had not written to the slot.
    fn write(&self, slot: Slot<'_>, rolled: &Words, words: &Words) -> bool {
        let cells = &slot[1..self.width - 1];
        if cells[ENDS].load(Ordering::Relaxed) != rolled[ENDS] {
            for (cell, word) in cells.iter().zip(rolled).skip(ENDS + 1) {
                cell.store(*word, Ordering::Release);
            }
            cells[ENDS].store(rolled[ENDS], Ordering::Release);
        }
        for (cell, word) in cells.iter().zip(words).skip(ENDS + 1) {
            if cell.load(Ordering::Relaxed) != *word {
                cell.store(*word, Ordering::Release);
            }
        }
        cells[ENDS].store(words[ENDS], Ordering::Release);
        self.is_first_in(slot)
    }

    /// True once, when this process had not met the slot's key.
    fn is_first_in(&self, slot: Slot<'_>) -> bool {
        let process = &slot[self.width - 1];
        let is_first = process.load(Ordering::Relaxed) != self.process;
        if is_first {
            process.store(self.process, Ordering::Relaxed);
        }
        is_first
    }
}

/// A tag of zero is no key's.
fn tag_of(key: Key) -> u64 {
    key.0.max(1)
}

#[cfg(all(test, not(loom)))]
mod tests;
