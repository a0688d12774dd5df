//! Kinds that count up to a limit, as pure functions of a few words and the time. Every kind but the
//! rate is one of these.
//!
//! The words of a key are kept by whoever counts; all zero is a key that has used nothing. The first
//! says when the others cease to matter, in milliseconds on the wall clock, and so which window they
//! are of: a window is never reopened when the clock steps back into the one before.

mod calendar;
mod rolling;
mod sliding;

use std::time::Duration;

use model::{Period, Timestamp, Zone, limit::Window};

use crate::{Standing, Verdict};
use calendar::Calendar;
use rolling::Rolling;
use sliding::Sliding;

/// The most words that any kind needs.
pub(crate) const WORDS: usize = 14;

/// When the others cease to matter.
pub(crate) const ENDS: usize = 0;
const USED: usize = 1;
const BEFORE: usize = 2;

/// What one key has used.
pub(crate) type Words = [u64; WORDS];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Count {
    limit: u64,
    over: Over,
}

/// Over which time permits come back.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Over {
    /// Windows of this length, laid end to end.
    Fixed(Duration),
    Sliding(Sliding),
    Calendar(Calendar),
    Rolling(Rolling),
    /// Until given back.
    Held,
}

impl Count {
    pub(crate) fn fixed(limit: u64, per: Duration) -> Self {
        Self { limit, over: Over::Fixed(per) }
    }

    pub(crate) fn sliding(limit: u64, per: Duration) -> Self {
        Self { limit, over: Over::Sliding(Sliding::new(per)) }
    }

    pub(crate) fn quota(limit: u64, period: Period, zone: &Zone) -> Self {
        let over = match period {
            Period::Rolling(per) => Over::Rolling(Rolling::new(per)),
            Period::Day | Period::Week | Period::Month => {
                Over::Calendar(Calendar::new(period, zone.clone()))
            }
        };
        Self { limit, over }
    }

    pub(crate) fn held(slots: u32) -> Self {
        Self { limit: u64::from(slots), over: Over::Held }
    }

    /// Brings the words to the present: what lies too far back is dropped.
    pub(crate) fn roll(&self, words: &mut Words, now: Timestamp) {
        match &self.over {
            Over::Fixed(length) => roll_window(words, Window::of(*length, now), now),
            Over::Calendar(calendar) => roll_window(words, calendar.window(now), now),
            Over::Sliding(sliding) => sliding.roll(words, now),
            Over::Rolling(rolling) => rolling.roll(words, now),
            Over::Held => {}
        }
    }

    /// What rolled words say is used.
    pub(crate) fn used(&self, words: &Words, now: Timestamp) -> u64 {
        match &self.over {
            Over::Fixed(_) | Over::Calendar(_) | Over::Held => words[USED],
            Over::Sliding(sliding) => sliding.used(words, now),
            Over::Rolling(_) => rolling::used(words),
        }
    }

    /// Whether so many permits are left in rolled words.
    pub(crate) fn admits(&self, words: &Words, cost: u64, now: Timestamp) -> bool {
        cost == 0 || self.used(words, now).saturating_add(cost) <= self.limit
    }

    /// Adds to rolled words, admitted or not.
    pub(crate) fn add(&self, words: &mut Words, cost: u64) {
        match &self.over {
            Over::Rolling(rolling) => rolling.add(words, cost),
            Over::Held => {
                words[USED] = words[USED].saturating_add(cost);
                words[ENDS] = u64::MAX;
            }
            _ => words[USED] = words[USED].saturating_add(cost),
        }
    }

    /// Takes what was added at `taken` off rolled words, where it still counts.
    pub(crate) fn subtract(&self, words: &mut Words, cost: u64, taken: Timestamp) {
        match &self.over {
            Over::Fixed(length) => {
                subtract_in(words, Window::of(*length, taken).end.0, cost);
            }
            Over::Calendar(calendar) => subtract_in(words, calendar.window(taken).end.0, cost),
            Over::Sliding(sliding) => sliding.subtract(words, cost, taken),
            Over::Rolling(rolling) => rolling.subtract(words, cost, taken),
            Over::Held => {
                words[USED] = words[USED].saturating_sub(cost);
                if words[USED] == 0 {
                    words[ENDS] = 0;
                }
            }
        }
    }

    /// Words of a key that has all of its limit back. Slots in use stay in use.
    pub(crate) fn reset(&self, words: &mut Words) {
        if self.over != Over::Held {
            *words = [0; WORDS];
        }
    }

    /// Leaves so much in rolled words at most, as if it were taken now. Slots in use stay in use.
    pub(crate) fn lower(&self, words: &mut Words, used: u64, now: Timestamp) {
        if self.over != Over::Held && self.used(words, now) > used {
            self.reset(words);
            self.roll(words, now);
            self.add(words, used);
        }
    }

    /// Where rolled words stand when `cost` is asked for, admitted or refused by [`Count::admits`].
    pub(crate) fn standing(&self, words: &Words, refused: Option<u64>, now: Timestamp) -> Standing {
        let used = self.used(words, now);
        let verdict = if refused.is_some() { Verdict::Exhausted } else { Verdict::Admitted };
        let free_in = |target| self.free_in(words, used, target, now).saturating_mul(1_000_000);
        let more_in = if used == 0 { 0 } else { free_in(used.min(self.limit) - 1) };
        let full_in = if used == 0 { 0 } else { free_in(0) };
        // More than the limit is never admitted; to say so would take a time without end.
        let retry_in = refused.map_or(0, |cost| free_in(self.limit.saturating_sub(cost)));
        Standing::of(verdict, self.limit.saturating_sub(used), [more_in, full_in, retry_in])
    }

    /// Milliseconds until no more than `target` of what is used now counts; 0 when nobody knows.
    fn free_in(&self, words: &Words, used: u64, target: u64, now: Timestamp) -> u64 {
        if used <= target {
            return 0;
        }
        match &self.over {
            Over::Fixed(_) | Over::Calendar(_) => words[ENDS].saturating_sub(now.0),
            Over::Sliding(sliding) => sliding.free_in(words, target, now),
            Over::Rolling(rolling) => rolling.free_in(words, used, target, now),
            Over::Held => 0,
        }
    }

    /// Whether what is counted is given back.
    pub(crate) fn is_held(&self) -> bool {
        matches!(self.over, Over::Held)
    }

    /// Whether what is counted must outlive the process.
    pub(crate) fn is_durable(&self) -> bool {
        matches!(self.over, Over::Calendar(_) | Over::Rolling(_))
    }

    /// Whether it takes more than [`FEW_WORDS`].
    pub(crate) fn is_wide(&self) -> bool {
        matches!(self.over, Over::Rolling(_))
    }
}

/// What every kind but the rolling quota makes do with.
pub(crate) const FEW_WORDS: usize = 3;

/// The words stay those of their window until it is over. One that ends later than the next window was
/// opened when the clock was wrong, and is dropped.
fn roll_window(words: &mut Words, window: Window, now: Timestamp) {
    let length = window.end.0 - window.start.0;
    // Calendar windows differ in length: the next one may be half as long again.
    let latest = window.end.0.saturating_add(length).saturating_add(length / 2);
    if !(now.0 + 1..=latest).contains(&words[ENDS]) {
        words[USED] = 0;
        words[ENDS] = window.end.0;
    }
}

fn subtract_in(words: &mut Words, end: u64, cost: u64) {
    if words[ENDS] == end {
        words[USED] = words[USED].saturating_sub(cost);
    }
}
