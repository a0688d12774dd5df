//! One row of the table: what its words mean, and how they change.

#[cfg(not(all(test, loom)))]
use std::{
    hint,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

#[cfg(all(test, loom))]
use loom::{
    hint,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use crate::Key;
use crate::gcra::Ticks;

/// Every order of events is tried with a smaller table; see the module `orders`.
pub(super) const LINES: usize = if cfg!(all(test, loom)) { 1 } else { 2 };
pub(super) const LINE_SLOTS: usize = if cfg!(all(test, loom)) { 1 } else { 4 };
/// Tags, then TATs.
const LINE_WORDS: usize = 2 * LINE_SLOTS;
pub(super) const SLOTS: usize = LINES * LINE_SLOTS;
pub(super) const WORDS: usize = LINES * LINE_WORDS;
pub(super) const ROW_BYTES: usize = WORDS * size_of::<u64>();
/// Taken slots from which on a home row is no longer preferred to an emptier one.
const CROWDED: usize = SLOTS * 5 / 8;
/// Bit of a row's first tag that is set while a key whose home it is claims a slot.
const LATCH: u64 = 1;
/// TAT of a slot between two tenures.
pub(super) const CLOSED: u64 = u64::MAX;
/// A slot stays its key's for a second after it stopped mattering, so that a thread that read the
/// clock up to that long ago still finds it.
pub(super) const GRACE: u64 = 64_000_000_000;
/// Looks at a taken latch before the thread offers its core to the one that holds it.
const SPINS: u32 = 64;

#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) words: &'a [AtomicU64; WORDS],
    /// The line that is filled first, as a key sees it: one key in two begins with the second.
    pub(super) first: usize,
}

#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    cell: &'a AtomicU64,
    pub(super) tat: u64,
}

impl<'a> Row<'a> {
    /// The tags of one line, and its TATs.
    #[inline]
    fn line(self, line: usize) -> (&'a [AtomicU64; LINE_SLOTS], &'a [AtomicU64; LINE_SLOTS]) {
        let (lines, _) = self.words.as_chunks::<LINE_WORDS>();
        let (parts, _) = lines[(line ^ self.first) % LINES].as_chunks::<LINE_SLOTS>();
        (&parts[0], &parts[1])
    }

    /// The slots of one line, the first line's first.
    pub(super) fn slots(self, line: usize) -> std::ops::Range<usize> {
        let start = (line ^ self.first) * LINE_SLOTS;
        start..start + LINE_SLOTS
    }

    pub(super) fn tag(self, slot: usize) -> &'a AtomicU64 {
        &self.words[slot / LINE_SLOTS * LINE_WORDS + slot % LINE_SLOTS]
    }

    fn tat(self, slot: usize) -> &'a AtomicU64 {
        &self.words[slot / LINE_SLOTS * LINE_WORDS + LINE_SLOTS + slot % LINE_SLOTS]
    }

    pub(super) fn close(self, slot: usize, tat: u64) -> bool {
        self.tat(slot).compare_exchange(tat, CLOSED, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Starts a tenure in a slot that this thread closed.
    pub(super) fn open(self, slot: usize, tag: u64, tat: u64) {
        // The first tag's lowest bit is another claim's latch, which stays as it is.
        let set = |former: u64| Some(tag | former & LATCH);
        if slot == 0 {
            let _ = self.tag(0).fetch_update(Ordering::AcqRel, Ordering::Relaxed, set);
        } else {
            self.tag(slot).store(tag, Ordering::Release);
        }
        self.tat(slot).store(tat, Ordering::Release);
    }
}

impl Found<'_> {
    pub(super) fn replace(&self, tat: u64) -> bool {
        self.cell.compare_exchange(self.tat, tat, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }
}

/// The right to claim slots for keys whose home is this row.
pub(super) struct Latch<'a>(&'a AtomicU64);

impl<'a> Latch<'a> {
    pub(super) fn take(home: Row<'a>) -> Self {
        let cell = home.tag(0);
        let mut tries = 0_u32;
        while cell.fetch_or(LATCH, Ordering::Acquire) & LATCH != 0 {
            tries += 1;
            if tries.is_multiple_of(SPINS) {
                thread::yield_now();
            } else {
                hint::spin_loop();
            }
        }
        Self(cell)
    }
}

impl Drop for Latch<'_> {
    fn drop(&mut self) {
        self.0.fetch_and(!LATCH, Ordering::Release);
    }
}

/// The key's slot, with a TAT of the same tenure as its tag.
#[inline]
pub(super) fn find(row: Row<'_>, tag: u64) -> Option<Found<'_>> {
    (0..LINES).find_map(|line| find_in(row, line, tag))
}

/// As [`find`], in one line. All of its tags are compared: which one it is cannot be guessed, and to guess
/// wrong takes a processor longer.
#[inline(always)]
pub(super) fn find_in(row: Row<'_>, line: usize, tag: u64) -> Option<Found<'_>> {
    let (tags, tats) = row.line(line);
    let mut which = LINE_SLOTS;
    for (slot, held) in tags.iter().enumerate() {
        // Only a first tag can have the latch's bit.
        let latch = if slot == 0 { LATCH } else { 0 };
        let is_it = held.load(Ordering::Relaxed) & !latch == tag;
        which = if is_it { slot } else { which };
    }
    let (held, cell) = (tags.get(which)?, &tats[which]);
    let tat = cell.load(Ordering::Acquire);
    let is_its = held.load(Ordering::Acquire) & !LATCH == tag;
    if is_its && tat != CLOSED && cell.load(Ordering::Relaxed) == tat {
        return Some(Found { cell, tat });
    }
    find_among_changes(row, line, tag)
}

/// As [`find_in`], while the line is written. A tag may then be there twice: in a slot that was closed and
/// still has it, and in the key's own.
#[cold]
#[inline(never)]
fn find_among_changes(row: Row<'_>, line: usize, tag: u64) -> Option<Found<'_>> {
    for slot in row.slots(line) {
        while row.tag(slot).load(Ordering::Relaxed) & !LATCH == tag {
            let cell = row.tat(slot);
            let tat = cell.load(Ordering::Acquire);
            let is_its = row.tag(slot).load(Ordering::Acquire) & !LATCH == tag;
            if tat == CLOSED || !is_its {
                break;
            }
            if cell.load(Ordering::Relaxed) == tat {
                return Some(Found { cell, tat });
            }
        }
    }
    None
}

/// The slot to claim, with its TAT: a free one of the home row, or of the other when that is emptier
/// by then, or of the third when both are full; else the one with least debt.
pub(super) fn victim(rows: [Row<'_>; 3], now: Ticks) -> (Row<'_>, usize, u64) {
    let [home, other, spill] = rows.map(|row| Room::of(row, now));
    let best = match (home.free, other.free, spill.free) {
        (0, 0, 0) => [home, other, spill].into_iter().min_by_key(|room| room.best.0),
        (0, 0, _) => Some(spill),
        (free, other_free, _) if SLOTS - free < CROWDED || free >= other_free => Some(home),
        _ => Some(other),
    };
    let Room { row, best: (tat, slot), .. } = best.unwrap_or(home);
    (row, slot, tat)
}

/// What a row has for a new key.
#[derive(Clone, Copy)]
struct Room<'a> {
    row: Row<'a>,
    free: usize,
    /// The first free slot, else the one with least debt, and its TAT.
    best: (u64, usize),
}

impl<'a> Room<'a> {
    fn of(row: Row<'a>, now: Ticks) -> Self {
        let (mut free, mut first_free, mut least) = (0, None, (CLOSED, 0));
        for slot in (0..LINES).flat_map(|line| row.slots(line)) {
            let tat = row.tat(slot).load(Ordering::Relaxed);
            if tat.saturating_add(GRACE) <= now.0 {
                free += 1;
                first_free = first_free.or(Some((tat, slot)));
            }
            if tat < least.0 {
                least = (tat, slot);
            }
        }
        Self { row, free, best: first_free.unwrap_or(least) }
    }
}

pub(super) fn tag_of(key: Key) -> u64 {
    // The lowest bit is the latch's, and a tag of zero is no key's.
    match key.0 & !LATCH {
        0 => LATCH << 1,
        tag => tag,
    }
}
