//! What drives schedules and events on their way: one task that sleeps until the next of them is
//! due.

mod deliveries;
mod ended;
mod plan;
mod set_back;

use std::sync::Arc;
use std::time::Duration;

use model::Timestamp;
use tokio::task::JoinSet;

use ended::Removal;
pub(crate) use plan::Plan;

use crate::Triggers;
use crate::triggers::locked;

/// However far the next due time is, the clock is looked at this often: it may have been set, or
/// the machine may have slept.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// The most events that are on their way at once.
pub(crate) const MOST_DELIVERIES: usize = 256;

/// How long the store is left alone after it refused.
const STORE_PAUSE: Duration = Duration::from_secs(1);

impl Triggers {
    /// Runs what is due, for as long as it is polled. What is under way when it is dropped will be
    /// delivered again after the next start.
    pub async fn run(self: Arc<Self>) {
        let (mut deliveries, mut removal) = (JoinSet::new(), Removal::default());
        loop {
            self.follow_clock().await;
            let not_before = self.fire_due().await;
            self.deliver_due(&mut deliveries);
            self.remove_ended(&mut removal);
            let pause = self.pause(not_before, deliveries.len());
            let pause = pause.min(removal.pause(self.ports.clock.timestamp()));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.wake.notified() => {}
                Some(_) = deliveries.join_next() => {}
                Some(_) = removal.task.join_next() => {}
            }
        }
    }

    /// Runs every schedule that is due: notes in one transaction that it was run and what is to be
    /// delivered. So a due time is run once, and what was noted is delivered however often the
    /// server is killed. Gives a pause when the store refused.
    async fn fire_due(&self) -> Option<Duration> {
        loop {
            if !locked(&self.plan).is_due(self.ports.clock.timestamp()) {
                return None;
            }
            let marking = self.marking.lock().await;
            let now = self.ports.clock.timestamp();
            let run = locked(&self.plan).run_due(now, &self.ports.account);
            let (marks, events) = (run.marks(), run.events.clone());
            if let Err(error) = self.ports.store.put_out(marks, events).await {
                tracing::error!(%error, "schedules are due and can not be noted");
                return Some(STORE_PAUSE);
            }
            locked(&self.plan).ran(&run);
            drop(marking);
            self.tally.fired.add(run.events.len());
            self.let_go(run.events);
        }
    }

    /// Until something is due. While no more events than are `under_way` can be, what waits does so for
    /// one of them.
    pub(crate) fn pause(&self, not_before: Option<Duration>, under_way: usize) -> Duration {
        let now = self.ports.clock.timestamp();
        let until = |at: Timestamp| at.since(now);
        let due = locked(&self.plan).next_due().map(until);
        let waiting = self.next_waiting().filter(|_| under_way < MOST_DELIVERIES).map(until);
        let due = due.map(|due| due.max(not_before.unwrap_or_default()));
        let next = due.into_iter().chain(waiting).min();
        next.map_or(LONGEST_SLEEP, |next| next.min(LONGEST_SLEEP))
    }
}
