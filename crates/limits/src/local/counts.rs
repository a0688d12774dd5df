//! A table of fixed size for the kinds that count: a key, and the words of [`crate::count`].
//!
//! A key's slot is in one of two rows chosen by its hash, and whoever looks at a row holds its lock for
//! some tens of nanoseconds; a request that several limits count holds theirs together, and waits for none of
//! them while it holds one. Words that have ended are a free slot, so nothing sweeps. When no slot is
//! free, the key whose words end first loses its slot, which is counted; slots in use never do.
//!
//! # What a crash leaves
//! The words may be in memory that outlives the process. Each store is then as if it happened, and
//! stores happen in the order they are written here, so that a process killed between any two of them
//! leaves either what was there or what was acknowledged, or words of a window that is over: counts
//! are brought to the new window before its end is stored, and debits are stored after.

mod held;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use model::Timestamp;

use super::memory::Memory;
use super::{Filled, OnFull};
use crate::Key;
use crate::count::{Count, ENDS, WORDS, Words};

pub(super) use held::{Pending, Taken};

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

    pub(super) fn filled(&self) -> Filled {
        let slots = self.memory.words().len() / self.width;
        Filled { capacity: slots, evictions: self.evictions() }
    }

    fn evictions(&self) -> u64 {
        self.evictions.load(Ordering::Relaxed)
    }

    /// Whatever is counted here is counted there, too, where nothing is yet.
    pub(super) fn copy_to(&self, other: &Self) {
        for from in self.memory.words().chunks_exact(self.width) {
            let [tag, ends] = [0, 1 + ENDS].map(|word| from[word].load(Ordering::Relaxed));
            if tag == 0 || ends == 0 {
                continue;
            }
            let key = Key(tag);
            // Nothing has ended at the beginning of time.
            let Some(to) = other.claim(other.rows_of(key), key, Timestamp(0)) else { continue };
            for (to, from) in to.iter().zip(from) {
                to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
            }
        }
    }

    pub(super) fn charge(&self, key: Key, count: &Count, cost: u64, now: Timestamp) {
        self.pend(key, count, now).change(now, |words| count.add(words, cost));
    }

    /// A key without a slot has used nothing that could be given back.
    pub(super) fn credit(&self, key: Key, count: &Count, cost: u64, [taken, now]: [Timestamp; 2]) {
        if let Some(mut pending) = self.pend_used(key, count, now) {
            pending.change(now, |words| count.subtract(words, cost, taken));
        }
    }

    pub(super) fn reset(&self, key: Key, count: &Count, now: Timestamp) {
        if let Some(mut pending) = self.pend_used(key, count, now) {
            pending.change(now, |words| count.reset(words));
        }
    }

    pub(super) fn lower(&self, key: Key, count: &Count, used: u64, now: Timestamp) {
        if let Some(mut pending) = self.pend_used(key, count, now) {
            pending.change(now, |words| count.lower(words, used, now));
        }
    }

    /// The key's words, brought to the present.
    pub(super) fn look(&self, key: Key, count: &Count, now: Timestamp) -> Words {
        let mut words = self.raw(key).unwrap_or([0; WORDS]);
        count.roll(&mut words, now);
        words
    }

    /// The key's words as they are.
    pub(super) fn raw(&self, key: Key) -> Option<Words> {
        let held = self.hold(key);
        held.slot.map(|_| held.words())
    }

    /// Lets words that only end, as a pause does, end no earlier than this. False when there is no
    /// room.
    pub(super) fn raise_end(&self, key: Key, ends: u64, now: Timestamp) -> bool {
        let held = self.hold(key);
        let slot = held.claim(now);
        if let Some(slot) = slot {
            slot[1 + ENDS].fetch_max(ends, Ordering::Release);
        }
        slot.is_some()
    }

    pub(super) fn forget(&self, key: Key) {
        let held = self.hold(key);
        if let Some(slot) = held.slot {
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

    fn lock_index(row: u64) -> usize {
        usize::try_from(row).unwrap_or(0) % LOCKS
    }

    fn slots(&self, row: u64) -> impl Iterator<Item = Slot<'_>> {
        let length = self.width * SLOTS;
        let start = usize::try_from(row).unwrap_or(0) * length;
        self.memory.words()[start..start + length].chunks_exact(self.width)
    }

    fn find_in(&self, row: u64, tag: u64) -> Option<Slot<'_>> {
        self.slots(row).find(|slot| slot[0].load(Ordering::Relaxed) == tag)
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

    /// Writes the window that `rolled` words are of, unless they are of the slot's.
    fn write_rolled(&self, slot: Slot<'_>, rolled: &Words) {
        let cells = &slot[1..self.width - 1];
        if cells[ENDS].load(Ordering::Relaxed) != rolled[ENDS] {
            for (cell, word) in cells.iter().zip(rolled).skip(ENDS + 1) {
                cell.store(*word, Ordering::Release);
            }
            cells[ENDS].store(rolled[ENDS], Ordering::Release);
        }
    }

    fn write_changed(&self, slot: Slot<'_>, words: &Words) {
        let cells = &slot[1..self.width - 1];
        for (cell, word) in cells.iter().zip(words).skip(ENDS + 1) {
            if cell.load(Ordering::Relaxed) != *word {
                cell.store(*word, Ordering::Release);
            }
        }
        cells[ENDS].store(words[ENDS], Ordering::Release);
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
