//! The table of buckets: rows of eight slots, each a key's tag and its TAT, in two cache lines.
//!
//! A key may be in any slot of three rows chosen by its hash. A slot whose TAT has passed says the
//! same as no slot at all (the bucket is full), so it is free for the next key: nothing sweeps. A key
//! that has a slot is debited by one compare-and-swap. Only a key without one takes a latch, its
//! home row's, while it claims the slot.
//!
//! # Why no permit is given twice
//! The two words of a slot change as follows. A *tenure* is the time one key holds a slot.
//! 1. Within a tenure only the TAT changes, by compare-and-swap.
//! 2. A claim first swaps the TAT to [`CLOSED`], which ends the tenure and makes the claimer the
//!    slot's only writer; then stores the tag; then stores the first TAT of the new tenure, each
//!    with release ordering.
//! 3. A claim of key K happens under the latch of K's home row, after its rows were searched for
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
//! into two tables, or wait for a copy, just when the load is highest. Two choices of eight slots
//! fill it well: at 80 % of the capacity one key in a thousand finds both its rows full. It goes to a
//! third, of the last 64th of the rows, which are for such keys alone and few enough to be at hand; so
//! that of a million keys that all count at once none is evicted at 85 % of the capacity. A key goes to
//! its home row while that is half empty, and within a row to the line that its hash names, so that at
//! half of the capacity one look into memory finds nine of ten keys.

mod cells;
mod place;
mod row;

#[cfg(not(all(test, loom)))]
use std::{
    hint,
    sync::atomic::{AtomicU64, Ordering},
};

#[cfg(all(test, loom))]
use loom::{
    hint,
    sync::atomic::{AtomicU64, Ordering},
};

use model::ByteSize;

use super::OnFull;
use crate::Key;
use crate::gcra::{Bucket, Ticks};
use cells::Cells;
use row::{CLOSED, GRACE, Latch, ROW_BYTES, SLOTS, WORDS, tag_of, victim};

pub(super) use place::Located;

/// Two years: more debt than any bucket admits, and far from the end of time.
const MOST_DEBT: u64 = 2 * 366 * 86_400 * GRACE;
/// Of so many rows one is for keys that found their other rows full.
const ROWS_PER_SPILL: u64 = if cfg!(all(test, loom)) { 3 } else { 64 };

#[derive(Debug)]
pub(super) struct Table {
    words: Cells,
    /// Those that keys choose two of. The spill rows come after them.
    rows: u64,
    spill_rows: u64,
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

impl Debit {
    /// Of a key that had this TAT.
    #[inline]
    pub(super) fn from(tat: u64, after: u64, now: Ticks) -> Self {
        Self { base: tat.max(now.0), after, is_first: false }
    }
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

impl Table {
    pub(super) fn new(budget: ByteSize, on_full: OnFull) -> Self {
        let rows = (budget.0 / ROW_BYTES as u64).clamp(2, u64::from(u32::MAX));
        let words = usize::try_from(rows).unwrap_or(usize::MAX).saturating_mul(WORDS);
        let words = Cells::new(words);
        let spill_rows = rows / ROWS_PER_SPILL;
        Self { words, rows: rows - spill_rows, spill_rows, on_full, evictions: AtomicU64::new(0) }
    }

    pub(super) fn capacity(&self) -> usize {
        usize::try_from(self.rows + self.spill_rows).unwrap_or(usize::MAX) * SLOTS
    }

    pub(super) fn evictions(&self) -> u64 {
        self.evictions.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    fn debit(&self, key: Key, bucket: Bucket, debt: u64, now: Ticks) -> Result<Debit, Refused> {
        self.debit_at(self.locate(key), &bucket, debt, now)
    }

    /// Adds `debt` to the key's TAT if its bucket admits that.
    #[inline]
    pub(super) fn debit_at(
        &self,
        Located { key, found }: Located<'_>,
        bucket: &Bucket,
        debt: u64,
        now: Ticks,
    ) -> Result<Debit, Refused> {
        let mut found = found.or_else(|| self.find(key));
        loop {
            let tat = found.as_ref().map_or(0, |found| found.tat);
            let after =
                bucket.debit(tat, debt, now).map_err(|wait| Refused::Exhausted { tat, wait })?;
            let is_first = found.is_none();
            let recorded = match found {
                Some(found) => found.replace(after),
                // A full bucket from which nothing is taken needs no slot.
                None if debt == 0 => true,
                None => match self.claim(key, after, now) {
                    Claim::Done => true,
                    Claim::Raced => false,
                    Claim::Crowded => return Err(Refused::Crowded),
                },
            };
            if recorded {
                return Ok(Debit { is_first, ..Debit::from(tat, after, now) });
            }
            found = self.find(key);
        }
    }

    /// The key's TAT, or 0 when its bucket is full.
    pub(super) fn peek(&self, key: Key) -> u64 {
        self.find(key).map_or(0, |found| found.tat)
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
            let Some(found) = self.find(key) else {
                return;
            };
            if found.tat < debit.after || found.replace(found.tat - credit) {
                return;
            }
        }
    }

    /// Takes this much off what the key owes as of `now`, which is as for [`Table::take_back`].
    pub(super) fn credit(&self, key: Key, credit: u64, now: Ticks) {
        while let Some(found) = self.find(key) {
            let after = found.tat.saturating_sub(credit).max(now.0);
            if found.tat <= now.0 || found.replace(after) {
                return;
            }
        }
    }

    /// Adds `debt` to the key's TAT whether its bucket admits that or not.
    pub(super) fn charge(&self, key: Key, debt: u64, now: Ticks) {
        loop {
            let found = self.find(key);
            let tat = found.as_ref().map_or(0, |found| found.tat);
            let after = tat.max(now.0).saturating_add(debt).min(now.0.saturating_add(MOST_DEBT));
            let after = after.max(tat).min(CLOSED - 1);
            let recorded = match found {
                Some(found) => found.replace(after),
                None => debt == 0 || !matches!(self.claim(key, after, now), Claim::Raced),
            };
            if recorded {
                return;
            }
        }
    }

    /// Gives the key a slot with this TAT.
    #[inline(never)]
    fn claim(&self, key: Key, tat: u64, now: Ticks) -> Claim {
        let rows = self.rows_of(key);
        let _latch = Latch::take(rows[0]);
        loop {
            if self.find(key).is_some() {
                return Claim::Raced;
            }
            let (row, slot, former) = victim(rows, now);
            if former > now.0 && former != CLOSED && self.on_full == OnFull::DenyNew {
                return Claim::Crowded;
            }
            if former == CLOSED || !row.close(slot, former) {
                hint::spin_loop();
                continue;
            }
            if former > now.0 {
                self.evictions.fetch_add(1, Ordering::Relaxed);
            }
            row.open(slot, tag_of(key), tat);
            return Claim::Done;
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, loom))]
mod orders;
