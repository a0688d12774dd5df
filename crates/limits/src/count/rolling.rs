//! Any span of a length, counted in slices: permits come back when the whole slice they were taken in
//! lies further back than the length. So no span has more than the limit, and a permit comes back at
//! most a slice late.

use std::time::Duration;

use model::Timestamp;
use model::limit::ROLLING_SLICES;

use super::{ENDS, Words};

/// Slices that can hold something that counts: a span of their whole length, and the present one.
const KEPT: u64 = ROLLING_SLICES + 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rolling {
    /// A slice's length in milliseconds.
    slice: u64,
}

impl Rolling {
    pub(super) fn new(per: Duration) -> Self {
        let length = u64::try_from(per.as_millis()).unwrap_or(u64::MAX);
        Self { slice: length.div_ceil(ROLLING_SLICES).max(1) }
    }

    /// Words end when their newest slice does no longer count.
    fn newest(&self, words: &Words) -> u64 {
        (words[ENDS] / self.slice).saturating_sub(KEPT)
    }

    pub(super) fn roll(&self, words: &mut Words, now: Timestamp) {
        let (present, was) = (now.0 / self.slice, self.newest(words));
        let is_known = words[ENDS] > now.0 && was <= present + KEPT;
        if is_known && was >= present {
            return;
        }
        let kept_from = if is_known { was + 1 } else { present.saturating_sub(ROLLING_SLICES) };
        for slice in kept_from..=present {
            set(words, slice, 0);
        }
        words[ENDS] = (present + KEPT) * self.slice;
    }

    pub(super) fn add(&self, words: &mut Words, cost: u64) {
        let newest = self.newest(words);
        let sum = u64::from(get(words, newest)).saturating_add(cost);
        set(words, newest, u32::try_from(sum).unwrap_or(u32::MAX));
    }

    pub(super) fn subtract(&self, words: &mut Words, cost: u64, taken: Timestamp) {
        let (slice, newest) = (taken.0 / self.slice, self.newest(words));
        if slice <= newest && newest - slice < KEPT {
            let left = u64::from(get(words, slice)).saturating_sub(cost);
            set(words, slice, u32::try_from(left).unwrap_or(u32::MAX));
        }
    }

    /// `used` is what all slices have.
    pub(super) fn free_in(&self, words: &Words, used: u64, target: u64, now: Timestamp) -> u64 {
        let newest = self.newest(words);
        let in_time = |slice: u64| ((slice + KEPT) * self.slice).saturating_sub(now.0);
        // Of a busy key: the newest slice has to go, whatever the others have.
        if u64::from(get(words, newest)) > target {
            return in_time(newest);
        }
        let mut left = used;
        for slice in newest.saturating_sub(ROLLING_SLICES)..newest {
            left -= u64::from(get(words, slice));
            if left <= target {
                return in_time(slice);
            }
        }
        words[ENDS].saturating_sub(now.0)
    }
}

pub(super) fn used(words: &Words) -> u64 {
    words[ENDS + 1..].iter().map(|word| (word & 0xffff_ffff) + (word >> 32)).sum()
}

/// The word and the shift in it of a slice's count.
fn place(slice: u64) -> (usize, u32) {
    let index = slice % KEPT;
    (
        ENDS + 1 + usize::try_from(index / 2).unwrap_or(0),
        if index.is_multiple_of(2) { 0 } else { 32 },
    )
}

fn get(words: &Words, slice: u64) -> u32 {
    let (word, shift) = place(slice);
    u32::try_from((words[word] >> shift) & 0xffff_ffff).unwrap_or(u32::MAX)
}

fn set(words: &mut Words, slice: u64, count: u32) {
    let (word, shift) = place(slice);
    words[word] = words[word] & !(0xffff_ffff << shift) | u64::from(count) << shift;
}
