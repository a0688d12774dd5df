//! One request under way to an upstream whose concurrency is bounded.

use std::fmt;
use std::sync::Arc;

use limits::adaptive::Outcome;
use model::Moment;

use super::Gate;

/// Given back when it is dropped, which is when the answer's last byte is out.
#[must_use]
pub(crate) struct Slot {
    gate: Arc<Gate>,
}

impl Slot {
    pub(super) fn of(gate: Arc<Gate>) -> Self {
        Self { gate }
    }

    /// Tells how the upstream did once the head of its answer is there, or never will be.
    pub(crate) fn learn(&self, outcome: Outcome, now: Moment) {
        self.gate.learn(outcome, now);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.gate.leave();
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Slot").field(&self.gate.gauge()).finish()
    }
}
