//! What becomes of schedules and events on their way when the clock, which was far ahead, is set back.

use model::Timestamp;

use super::plan::FAR;
use crate::Triggers;
use crate::triggers::locked;

impl Triggers {
    /// Schedules go on from now, and what was put off to a time far ahead is tried now.
    pub(super) async fn follow_clock(&self) {
        let now = self.ports.clock.timestamp();
        self.bring_forward(now);
        if !locked(&self.plan).is_ahead(now) {
            return;
        }
        let _marking = self.marking.lock().await;
        let back = locked(&self.plan).set_back(now);
        let Some(first) = back.first() else { return };
        tracing::warn!(
            schedule = %first, schedules = back.len(),
            "schedules have been run by a clock that was more than a day ahead: they go on from now"
        );
    }

    /// Windows and pauses are shorter than that.
    fn bring_forward(&self, now: Timestamp) {
        let mut waiting = locked(&self.waiting);
        while let Some(last) = waiting.last_entry().filter(|last| last.key().0 > now.plus(2 * FAR))
        {
            let mut event = last.remove();
            event.next = now;
            waiting.insert((now, event.id.clone()), event);
        }
    }
}
