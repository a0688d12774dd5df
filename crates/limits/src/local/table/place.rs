//! Where a key's slot may be: in three rows that its hash chooses, first of all in one line of its home row.

use super::Table;
use super::cells::prefetch;
use super::row::{Found, LINES, Row, WORDS, find, find_in, tag_of};
use crate::Key;

/// A key that was looked for where it most likely is: in the first line of its home row.
#[derive(Clone, Copy)]
pub(crate) struct Located<'a> {
    pub(super) key: Key,
    pub(super) found: Option<Found<'a>>,
}

impl Located<'_> {
    pub(crate) fn is_found(&self) -> bool {
        self.found.is_some()
    }

    /// The key's TAT, or 0 when its bucket is full.
    #[inline]
    pub(crate) fn tat(&self) -> u64 {
        self.found.as_ref().map_or(0, |found| found.tat)
    }

    /// Has the key's TAT be this, if it has a slot and nobody changed it since.
    #[inline]
    pub(crate) fn replace(&self, tat: u64) -> bool {
        self.found.as_ref().is_some_and(|found| found.replace(tat))
    }
}

impl Table {
    /// Asks for the memory that a decision on this key will look at first.
    #[inline]
    pub(crate) fn prefetch(&self, key: Key) {
        prefetch_line(self.home_of(key), 0);
    }

    /// Asks for the memory where a key may be that was not found in the first place.
    #[inline]
    pub(crate) fn prefetch_rest(&self, key: Key) {
        prefetch_line(self.home_of(key), LINES - 1);
        prefetch_line(self.other_of(key), 0);
    }

    #[inline]
    pub(crate) fn locate(&self, key: Key) -> Located<'_> {
        Located { key, found: find_in(self.home_of(key), 0, tag_of(key)) }
    }

    /// As [`Table::locate`], wherever the key is.
    #[inline]
    pub(crate) fn search(&self, key: Key) -> Located<'_> {
        let Located { key, found } = self.locate(key);
        Located { key, found: found.or_else(|| self.find(key)) }
    }

    #[inline(never)]
    pub(super) fn find(&self, key: Key) -> Option<Found<'_>> {
        self.rows_of(key).into_iter().find_map(|row| find(row, tag_of(key)))
    }

    /// Its home, the other one, and that of the spill rows: either half of the hash chooses a row, and
    /// its middle the third.
    pub(super) fn rows_of(&self, key: Key) -> [Row<'_>; 3] {
        let other = self.other_of(key);
        // A table that is too small for spill rows has the other row here once more.
        let spill = match self.spill_rows {
            0 => other,
            rows => {
                let index = self.rows + (((key.0 >> 16 & 0xffff_ffff) * rows) >> 32);
                self.row(index, key)
            }
        };
        [self.home_of(key), other, spill]
    }

    #[inline]
    fn home_of(&self, key: Key) -> Row<'_> {
        self.row(self.home_index(key), key)
    }

    #[inline]
    fn home_index(&self, key: Key) -> u64 {
        ((key.0 >> 32) * self.rows) >> 32
    }

    #[inline]
    fn other_of(&self, key: Key) -> Row<'_> {
        let home = self.home_index(key);
        let other = ((key.0 & 0xffff_ffff) * self.rows) >> 32;
        let other = if other == home { (home + 1) % self.rows } else { other };
        self.row(other, key)
    }

    /// As this key sees it. The lowest bits of a half choose no row.
    #[inline]
    pub(super) fn row(&self, index: u64, key: Key) -> Row<'_> {
        let (rows, _) = self.words.words().as_chunks::<WORDS>();
        let first = usize::try_from(key.0 >> 32).unwrap_or_default() % LINES;
        Row { words: &rows[usize::try_from(index).unwrap_or(usize::MAX)], first }
    }
}

#[inline]
fn prefetch_line(row: Row<'_>, line: usize) {
    prefetch(row.tag(row.slots(line).start));
}
