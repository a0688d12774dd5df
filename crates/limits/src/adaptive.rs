//! Finds how many requests an upstream serves at once before they only queue.
//!
//! The limit follows the gradient of latency: what an answer takes that meets no queue against what
//! answers take now. What is known to go wrong with such limits is kept out by construction:
//! - A floor and a ceiling are separate from the estimate, and no traffic is turned away to measure.
//! - A timeout or a 503 is overload even when it takes no longer than an answer did.
//! - The limit grows only while at least half of it is used and answers do not queue.
//! - What an answer takes is never forgotten with time, or a lasting queue would pass for it. A slower
//!   upstream is learned at the floor, where this limit cannot be what makes it slow.
//!
//! After TCP Vegas (Brakmo and Peterson, IEEE JSAC 13(8), 1995, section 3).

mod window;

use std::time::Duration;

use model::Moment;

use window::{Seen, Window};

/// Answers may take this much longer than without a queue before the limit shrinks.
const TOLERANCE: f64 = 1.5;
/// The least that one window leaves of the limit.
const STEEPEST: f64 = 0.5;
/// What is left of the limit after a window with overload in it.
const BACK_OFF: f64 = 0.9;
/// A window counts as overloaded when more than this share of its requests met overload.
const OVERLOADED: f64 = 0.05;
/// Of a new estimate, the rest is the old.
const WEIGHT: f64 = 0.5;
/// How much faster a slower upstream is learned at the floor.
const LEARNED: f64 = 0.3;
/// Where the search starts, within the bounds.
const START: u32 = 20;

/// How one request to the upstream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The head of its answer took this long.
    Answered(Duration),
    /// It ran out of time, could not connect, or was answered 429 or 503.
    Overload,
    /// It says nothing about the upstream, as when the client left.
    Unknown,
}

/// An adaptive limit on requests under way.
#[derive(Debug)]
pub struct Adaptive {
    floor: f64,
    ceiling: f64,
    limit: f64,
    /// Nanoseconds; unknown until the first window is full.
    least: Option<f64>,
    window: Window,
}

impl Adaptive {
    /// `floor` is at least 1, and `ceiling` no less than it.
    pub fn between(floor: u32, ceiling: u32) -> Self {
        let (floor, ceiling) = (floor.max(1), ceiling.max(floor).max(1));
        Self {
            floor: f64::from(floor),
            ceiling: f64::from(ceiling),
            limit: f64::from(START.clamp(floor, ceiling)),
            least: None,
            window: Window::default(),
        }
    }

    /// Requests that may be under way.
    pub fn limit(&self) -> u32 {
        // Between the bounds, which are whole numbers of 32 bits.
        self.limit as u32
    }

    /// What an answer takes that meets no queue, as far as is known.
    pub fn least(&self) -> Option<Duration> {
        self.least.map(|nanos| Duration::from_nanos(nanos as u64))
    }

    /// Takes the end of a request into account; `in_flight` are those under way with it. Gives the
    /// limit from now on.
    pub fn ended(&mut self, outcome: Outcome, in_flight: u32, now: Moment) -> u32 {
        self.window.add(outcome, in_flight, now);
        if let Some(seen) = self.window.take(now) {
            self.learn(&seen);
        }
        self.limit()
    }

    fn learn(&mut self, seen: &Seen) {
        if seen.overload > OVERLOADED {
            self.limit = (self.limit * BACK_OFF).clamp(self.floor, self.ceiling);
            return;
        }
        let (Some(quickest), Some(typical)) = (seen.quickest, seen.typical) else { return };
        // At the start there may be a queue already, which the quickest answer met least of. Later the
        // quickest may be of another kind than most.
        let least = self.least.map_or(quickest, |least| least.min(typical));
        let is_at_floor = self.limit() <= self.floor as u32;
        let gradient = (TOLERANCE * least / typical).clamp(STEEPEST, 1.0);
        self.least = Some(match gradient < 1.0 && is_at_floor {
            true => least + (typical - least) * LEARNED,
            false => least,
        });
        let is_used = f64::from(seen.most_in_flight) >= self.limit / 2.0;
        let aim = match gradient < 1.0 {
            true => self.limit * gradient,
            false if is_used => self.limit + self.limit.sqrt().max(1.0),
            false => return,
        };
        let next = self.limit * (1.0 - WEIGHT) + aim * WEIGHT;
        self.limit = next.clamp(self.floor, self.ceiling);
    }
}

#[cfg(test)]
mod tests;
