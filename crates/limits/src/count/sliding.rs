//! A window and the one before it, which counts for the part that lies less than a window's length
//! ago, as if its permits had been taken evenly over its time.
//!
//! That assumption is the error: within any span of the window's length, up to twice the limit passes
//! if all of it is taken at the end of one window and all that comes free at the beginning of the
//! next; a steady caller gets the limit exactly.

use std::time::Duration;

use model::{Timestamp, limit::Window};

use super::{BEFORE, ENDS, USED, Words};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sliding {
    length: u64,
}

impl Sliding {
    pub(super) fn new(per: Duration) -> Self {
        Self { length: u64::try_from(per.as_millis()).unwrap_or(u64::MAX).max(1) }
    }

    fn window(&self, now: Timestamp) -> Window {
        Window::of(Duration::from_millis(self.length), now)
    }

    /// Words end when their window counts as the one before no more.
    pub(super) fn roll(&self, words: &mut Words, now: Timestamp) {
        let ends = self.window(now).end.0 + self.length;
        let (was, latest) = (words[ENDS], ends + self.length);
        if (ends..=latest).contains(&was) {
            return;
        }
        words[BEFORE] = if was + self.length == ends { words[USED] } else { 0 };
        words[USED] = 0;
        words[ENDS] = ends;
    }

    /// The part of the window before that still counts, of the window's length.
    fn overlap(&self, words: &Words, now: Timestamp) -> u64 {
        (words[ENDS] - self.length).saturating_sub(now.0).min(self.length)
    }

    pub(super) fn used(&self, words: &Words, now: Timestamp) -> u64 {
        words[USED].saturating_add(part(words[BEFORE], self.overlap(words, now), self.length))
    }

    pub(super) fn subtract(&self, words: &mut Words, cost: u64, taken: Timestamp) {
        let ends = self.window(taken).end.0 + self.length;
        if words[ENDS] == ends {
            words[USED] = words[USED].saturating_sub(cost);
        } else if words[ENDS] == ends + self.length {
            words[BEFORE] = words[BEFORE].saturating_sub(cost);
        }
    }

    pub(super) fn free_in(&self, words: &Words, target: u64, now: Timestamp) -> u64 {
        let end = words[ENDS] - self.length;
        // In this window while what was taken in it leaves room, else in the next.
        let (counted, end) = match target.checked_sub(words[USED]) {
            Some(room) => (overlap_for(words[BEFORE], room, self.length), end),
            None => (overlap_for(words[USED], target, self.length), end + self.length),
        };
        end.saturating_sub(counted).saturating_sub(now.0)
    }
}

/// Rounded up: who is counted is never counted less than they took.
fn part(count: u64, overlap: u64, length: u64) -> u64 {
    // To divide 128 bits takes a processor several times as long, and hardly anybody needs them.
    if let Some(product) = count.checked_mul(overlap) {
        return product.div_ceil(length);
    }
    let part = (u128::from(count) * u128::from(overlap)).div_ceil(u128::from(length));
    u64::try_from(part).unwrap_or(u64::MAX)
}

/// The longest overlap at which no more than `room` of `count` counts.
fn overlap_for(count: u64, room: u64, length: u64) -> u64 {
    if count <= room {
        return length;
    }
    if let Some(product) = room.checked_mul(length) {
        return product / count;
    }
    let overlap = u128::from(room) * u128::from(length) / u128::from(count);
    u64::try_from(overlap).unwrap_or(u64::MAX)
}
