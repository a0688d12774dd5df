//! The table of buckets: cache lines of four slots, each a key's tag and its TAT.
//!
//! A key may be in any slot of two lines chosen by its hash. A slot whose TAT has passed says the
//! same as no slot at all (the bucket is full), so it is free for the next key: nothing sweeps. A key
//! that has a slot is debited by one compare-and-swap. Only a key without one takes a latch, its
//! home line's, while it claims the slot.
//!
//! # Why no permit is given twice
//! The two words of a slot change as follows. A *tenure* is the time one key holds a slot.
//! 1. Within a tenure only the TAT changes, by compare-and-swap.
//! 2. A claim first swaps the TAT to [`CLOSED`], which ends the tenure and makes the claimer the
//!    slot's only writer; then stores the tag; then stores the first TAT of the new tenure, each
//!    with release ordering.
//! 3. A claim of key K happens under the latch of K's home line, after both lines were searched for
//!    K again. So K never holds two slots: the second claimer finds the slot of the first, whose
//!    words it sees because the latch is acquired after the first released it.
//!
//! [`Table::find`] reads TAT, tag, TAT, all with acquire ordering. Had the tag it saw been stored by
//! a later tenure than the first TAT, the second read would see that tenure's `CLOSED` or something
//! newer. Equal TATs therefore mean that tag and TAT are of one tenure, provided that a slot never
//! shows a TAT of an earlier tenure again. It does not: a slot is claimed once its TAT is [`GRACE`] in
//! the past, new TATs lie in the claimer's future, and taking back a debit never goes below the
//! present. The same holds for a compare-and-swap that succeeds: the slot is still the key's.
//!
//! The exception is eviction: if no slot is free, the key with the least debt loses its slot, and
//! with it what it had used of its burst. It is counted, because a table that is too small is
//! something to act upon. A decision that raced with the eviction of its own key may also go
//! unrecorded.
//!
//! # Why it does not grow
//! Its size is a budget, given once. The system hands out its pages as they are first written, so a
//! generous budget costs nothing until callers come, whereas growing would make every decision look
//! into two tables, or wait for a copy, just when the load is highest. Two choices of four slots
//! fill it well without chains or a side map: of keys that all count at once, one in 100,000 is
//! evicted at half of the capacity, 3 in 10,000 at 60 %, 7 in 1,000 at three quarters.

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

use model::ByteSize;

use super::OnFull;
#[cfg(not(all(test, loom)))]
use super::memory::zeroed;
use crate::Key;
use crate::gcra::{Bucket, Ticks};

/// Every order of events is tried with a smaller table; see the module `orders`.
const SLOTS: usize = if cfg!(all(test, loom)) { 1 } else { 4 };
/// Tags, then TATs: one cache line.
const WORDS: usize = 2 * SLOTS;
const LINE_BYTES: usize = WORDS * size_of::<u64>();

/// Bit of a line's first tag that is set while a key whose home it is claims a slot.
const LATCH: u64 = 1;
/// TAT of a slot between two tenures.
const CLOSED: u64 = u64::MAX;
/// A slot stays its key's for a second after it stopped mattering, so that a thread that read the
/// clock up to that long ago still finds it.
const GRACE: u64 = 64_000_000_000;
/// Two years: more debt than any bucket admits, and far from the end of time.
const MOST_DEBT: u64 = 2 * 366 * 86_400 * GRACE;
/// Looks at a taken latch before the thread offers its core to the one that holds it.
const SPINS: u32 = 64;

#[derive(Debug)]
pub(super) struct Table {
    words: Box<[AtomicU64]>,
    /// Words before the first whole cache line.
    skip: usize,
    lines: u64,
    on_full: OnFull,
    evictions: AtomicU64,
}

/// A debit that was made.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Debit {
    /// The TAT it was added to: the key's, or the present for a full bucket.
    base: u64,
    pub(super) after: u64,
    /// The key got its slot with this debit.
    pub(super) is_first: bool,
}

/// A debit that was not made.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refused {
    Exhausted {
        tat: u64,
        wait: Ticks,
    },
    /// No slot is free for a new key.
    Crowded,
}

enum Claim {
    Done,
    /// The key has a slot already.
    Raced,
    Crowded,
}

#[derive(Clone, Copy)]
struct Line<'a>(&'a [AtomicU64; WORDS]);

struct Found<'a> {
    cell: &'a AtomicU64,
    tat: u64,
}

impl Table {
    pub(super) fn new(budget: ByteSize, on_full: OnFull) -> Self {
        let lines = (budget.0 / LINE_BYTES as u64).clamp(2, u64::from(u32::MAX));
        let count =
            usize::try_from(lines).unwrap_or(usize::MAX).saturating_add(1).saturating_mul(WORDS);
        let words = zeroed(count);
        let skip = words.as_ptr().align_offset(LINE_BYTES).min(WORDS);
        Self { words, skip, lines, on_full, evictions: AtomicU64::new(0) }
    }

    pub(super) fn capacity(&self) -> usize {
        usize::try_from(self.lines).unwrap_or(usize::MAX) * SLOTS
    }

    pub(super) fn evictions(&self) -> u64 {
        self.evictions.load(Ordering::Relaxed)
    }

    /// Adds `debt` to the key's TAT if its bucket admits that.
    pub(super) fn debit(
        &self,
        key: Key,
        bucket: Bucket,
        debt: u64,
        now: Ticks,
    ) -> Result<Debit, Refused> {
        let pair = self.lines_of(key);
        loop {
            let found = find(pair, tag_of(key));
            let tat = found.as_ref().map_or(0, |found| found.tat);
            let after =
                bucket.debit(tat, debt, now).map_err(|wait| Refused::Exhausted { tat, wait })?;
            let is_first = found.is_none();
            let recorded = match found {
                Some(found) => found.replace(after),
                // A full bucket from which nothing is taken needs no slot.
                None if debt == 0 => true,
                None => match self.claim(pair, tag_of(key), after, now) {
                    Claim::Done => true,
                    Claim::Raced => false,
                    Claim::Crowded => return Err(Refused::Crowded),
                },
            };
            if recorded {
                return Ok(Debit { base: tat.max(now.0), after, is_first });
            }
        }
    }

    /// The key's TAT, or 0 when its bucket is full.
    pub(super) fn peek(&self, key: Key) -> u64 {
        find(self.lines_of(key), tag_of(key)).map_or(0, |found| found.tat)
    }

    /// Undoes a debit, as of `now`, which is no earlier than any debit the caller can have seen.
    ///
    /// What time has drained of it since is not given back: others may have been admitted because of
    /// that.
    pub(super) fn take_back(&self, key: Key, debit: Debit, now: Ticks) {
        let credit = debit.after.saturating_sub(debit.base.max(now.0));
        if credit == 0 {
            return;
        }
        loop {
            let Some(found) = find(self.lines_of(key), tag_of(key)) else {
                return;
            };
            if found.tat < debit.after || found.replace(found.tat - credit) {
                return;
            }
        }
    }

    /// Takes this much off what the key owes as of `now`, which is as for [`Table::take_back`].
    pub(super) fn credit(&self, key: Key, credit: u64, now: Ticks) {
        while let Some(found) = find(self.lines_of(key), tag_of(key)) {
            let after = found.tat.saturating_sub(credit).max(now.0);
            if found.tat <= now.0 || found.replace(after) {
                return;
            }
        }
    }

    /// Adds `debt` to the key's TAT whether its bucket admits that or not.
    pub(super) fn charge(&self, key: Key, debt: u64, now: Ticks) {
        let pair = self.lines_of(key);
        loop {
            let found = find(pair, tag_of(key));
            let tat = found.as_ref().map_or(0, |found| found.tat);
            let after = tat.max(now.0).saturating_add(debt).min(now.0.saturating_add(MOST_DEBT));
            let after = after.max(tat).min(CLOSED - 1);
            let recorded = match found {
                Some(found) => found.replace(after),
                None => {
                    debt == 0 || !matches!(self.claim(pair, tag_of(key), after, now), Claim::Raced)
                }
            };
            if recorded {
                return;
            }
        }
    }

    /// Gives the key a slot with this TAT.
    fn claim(&self, pair: [Line<'_>; 2], tag: u64, tat: u64, now: Ticks) -> Claim {
        let _latch = Latch::take(pair[0]);
        loop {
            if find(pair, tag).is_some() {
                return Claim::Raced;
            }
            let (line, slot, former) = victim(pair, now);
            if former > now.0 && former != CLOSED && self.on_full == OnFull::DenyNew {
                return Claim::Crowded;
            }
            if former == CLOSED || !line.close(slot, former) {
                hint::spin_loop();
                continue;
            }
            if former > now.0 {
                self.evictions.fetch_add(1, Ordering::Relaxed);
            }
            line.open(slot, tag, tat);
            return Claim::Done;
        }
    }

    /// The home line first. Either half of the hash chooses one.
    fn lines_of(&self, key: Key) -> [Line<'_>; 2] {
        let home = ((key.0 >> 32) * self.lines) >> 32;
        let other = ((key.0 & 0xffff_ffff) * self.lines) >> 32;
        let other = if other == home { (home + 1) % self.lines } else { other };
        [self.line(home), self.line(other)]
    }

    fn line(&self, index: u64) -> Line<'_> {
        let (lines, _) = self.words[self.skip..].as_chunks::<WORDS>();
        Line(&lines[usize::try_from(index).unwrap_or(usize::MAX)])
    }
}

impl<'a> Line<'a> {
    fn tag(self, slot: usize) -> &'a AtomicU64 {
        &self.0[slot]
    }

    fn tat(self, slot: usize) -> &'a AtomicU64 {
        &self.0[SLOTS + slot]
    }

    fn close(self, slot: usize, tat: u64) -> bool {
        self.tat(slot).compare_exchange(tat, CLOSED, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Starts a tenure in a slot that this thread closed.
    fn open(self, slot: usize, tag: u64, tat: u64) {
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
    fn replace(&self, tat: u64) -> bool {
        self.cell.compare_exchange(self.tat, tat, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }
}

/// The right to claim slots for keys whose home is this line.
struct Latch<'a>(&'a AtomicU64);

impl<'a> Latch<'a> {
    fn take(home: Line<'a>) -> Self {
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
fn find<'a>(pair: [Line<'a>; 2], tag: u64) -> Option<Found<'a>> {
    for line in pair {
        for slot in 0..SLOTS {
            while line.tag(slot).load(Ordering::Relaxed) & !LATCH == tag {
                let cell = line.tat(slot);
                let tat = cell.load(Ordering::Acquire);
                let is_its = line.tag(slot).load(Ordering::Acquire) & !LATCH == tag;
                if tat == CLOSED || !is_its {
                    break;
                }
                if cell.load(Ordering::Relaxed) == tat {
                    return Some(Found { cell, tat });
                }
            }
        }
    }
    None
}

/// The slot to claim, with its TAT: of the line with more free slots, else the one with least debt.
fn victim<'a>(pair: [Line<'a>; 2], now: Ticks) -> (Line<'a>, usize, u64) {
    let [home, other] = pair.map(|line| {
        let mut free = 0;
        let mut least = (CLOSED, 0);
        for slot in 0..SLOTS {
            let tat = line.tat(slot).load(Ordering::Relaxed);
            free += usize::from(tat.saturating_add(GRACE) <= now.0);
            least = least.min((tat, slot));
        }
        (line, free, least)
    });
    let is_home_better = home.1 > other.1 || (home.1 == other.1 && home.2.0 <= other.2.0);
    let (line, _, (tat, slot)) = if is_home_better { home } else { other };
    (line, slot, tat)
}

fn tag_of(key: Key) -> u64 {
    // The lowest bit is the latch's, and a tag of zero is no key's.
    match key.0 & !LATCH {
        0 => LATCH << 1,
        tag => tag,
    }
}

#[cfg(all(test, loom))]
fn zeroed(count: usize) -> Box<[AtomicU64]> {
    (0..count).map(|_| AtomicU64::new(0)).collect()
}

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, loom))]
mod orders;
