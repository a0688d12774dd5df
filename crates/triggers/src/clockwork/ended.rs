//! Has schedules removed that have run for the last time: many at once, those of before a kill too, and again
//! while they stay.

use std::sync::Arc;
use std::time::Duration;

use model::Timestamp;
use tokio::task::JoinSet;

use super::LONGEST_SLEEP;
use crate::Triggers;
use crate::triggers::{Ended, locked};

/// What stayed is left alone for so long.
const AGAIN: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Removal {
    /// The one that is under way.
    pub(super) task: JoinSet<()>,
    /// What was asked for last, and when it is again.
    asked: Vec<Ended>,
    again: Timestamp,
}

impl Default for Removal {
    fn default() -> Self {
        Self { task: JoinSet::new(), asked: Vec::new(), again: Timestamp(0) }
    }
}

impl Removal {
    /// How long nobody has to look at it.
    pub(super) fn pause(&self, now: Timestamp) -> Duration {
        let rests = self.task.is_empty() && !self.asked.is_empty();
        if rests { self.again.since(now) } else { LONGEST_SLEEP }
    }
}

impl Triggers {
    pub(super) fn remove_ended(&self, removal: &mut Removal) {
        if !removal.task.is_empty() {
            return;
        }
        let (ended, now) = (locked(&self.plan).ended(), self.ports.clock.timestamp());
        let is_fresh = ended.iter().any(|one| !removal.asked.contains(one));
        if !is_fresh && (ended.is_empty() || now < removal.again) {
            removal.asked = ended;
            return;
        }
        removal.asked.clone_from(&ended);
        removal.again = now.plus(AGAIN);
        let completed = Arc::clone(&self.ports.completed);
        removal.task.spawn(async move { completed.remove(ended).await });
    }
}
