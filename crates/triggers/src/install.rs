//! Makes the schedules and rules of a snapshot those that run.

use std::sync::Arc;

use model::Snapshot;
use store::StoreError;

use crate::Triggers;
use crate::bus::Rules;
use crate::schedule::planned::Planned;
use crate::triggers::locked;

impl Triggers {
    /// What runs by the same timetable as before goes on; what is new begins now; what is gone is
    /// forgotten, but for the events it has sent.
    pub async fn install(&self, snapshot: &Snapshot) -> Result<(), StoreError> {
        let marking = self.marking.lock().await;
        let now = self.ports.clock.timestamp();
        let all = Planned::all(snapshot, &self.ports.account);
        let (plan, marks) = locked(&self.plan).with(all, now);
        if !marks.keep.is_empty() {
            self.ports.store.put_out(marks.keep, Vec::new()).await?;
        }
        if !marks.forget.is_empty() {
            self.ports.store.forget_schedules(marks.forget).await?;
        }
        *locked(&self.plan) = plan;
        self.rules.store(Arc::new(Rules::of(snapshot, &self.ports.account)));
        drop(marking);
        self.wake.notify_one();
        Ok(())
    }
}
