//! The triggers of a running server: made real from resources, driven, and ended.

use std::convert;
use std::sync::{Arc, OnceLock, Weak};

use ::triggers::{Completed, Ended, EventSources, Ports, Removing, SourcePorts, Triggers};
use aws::control::edit;
use messaging::Queues;
use model::{Account, Clock, Deliver, Invoke, ResourceChange, Schedule, Snapshot};
use store::Store;

use crate::event::{Event, Reporter};
use crate::resources::{Install, Installing, Resources};
use crate::start::StartError;
use crate::trouble::Trouble;

/// Schedules, rules and event source mappings.
pub(crate) struct Owner {
    pub(crate) triggers: Arc<Triggers>,
    sources: EventSources,
    last_runs: Arc<LastRuns>,
}

/// What triggers meet the rest of the server by.
pub(crate) struct Meets {
    pub(crate) account: Account,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) deliver: Arc<dyn Deliver>,
    pub(crate) invoke: Arc<dyn Invoke>,
    pub(crate) queues: Arc<Queues>,
    pub(crate) reporter: Arc<dyn Reporter>,
}

impl Owner {
    /// Nothing runs until resources are installed, and schedules not before [`drive`](Self::drive).
    pub(crate) async fn open(meets: Meets) -> Result<Arc<Self>, StartError> {
        let Meets { account, clock, store, deliver, invoke, queues, reporter } = meets;
        let sources = EventSources::new(SourcePorts { queues, invoke, clock: Arc::clone(&clock) });
        let last_runs = Arc::new(LastRuns { reporter, resources: OnceLock::new() });
        let completed = Arc::clone(&last_runs) as Arc<dyn Completed>;
        let seed = fastrand::u64(..);
        let ports = Ports { account, clock, store, deliver, completed, seed };
        let opened = Triggers::open(ports).await;
        let triggers = opened.map_err(|error| StartError::Trouble(error.to_string().into()))?;
        Ok(Arc::new(Self { triggers, sources, last_runs }))
    }

    /// Schedules that are removed after their last run are removed from these.
    pub(crate) fn remove_from(&self, resources: &Arc<Resources>) {
        // Only the first counts.
        let _ = self.last_runs.resources.set(Arc::downgrade(resources));
    }

    /// Prometheus's text format.
    pub(crate) fn metrics(&self) -> String {
        self.triggers.metrics() + &self.sources.metrics()
    }

    /// For as long as the server runs.
    pub(crate) async fn drive(self: Arc<Self>) {
        Arc::clone(&self.triggers).run().await;
    }

    /// Takes no more messages, and waits for the batches under way.
    pub(crate) async fn stop(&self) {
        self.sources.stop().await;
    }
}

impl Install for Arc<Owner> {
    fn install<'a>(&'a self, all: &'a Snapshot) -> Installing<'a, ()> {
        Box::pin(async move {
            self.triggers.install(all).await.map_err(|error| error.to_string())?;
            self.sources.install(all).await;
            Ok(())
        })
    }
}

/// Removes schedules that have run for the last time, all of them by one change.
struct LastRuns {
    reporter: Arc<dyn Reporter>,
    resources: OnceLock<Weak<Resources>>,
}

impl Completed for LastRuns {
    fn remove(&self, ended: Vec<Ended>) -> Removing<'_> {
        Box::pin(async move {
            let Some(resources) = self.resources.get().and_then(Weak::upgrade) else { return };
            let removed =
                edit(&*resources, convert::identity, |seen| Ok((leaving(&ended, seen), ())));
            if let Err(error) = removed.await {
                let one = ended.first().map(|one| one.id.to_string()).unwrap_or_default();
                let others = ended.len().saturating_sub(1);
                let text = format!(
                    "{one} and {others} other schedules have run for the last time and stay for now: {error}"
                );
                self.reporter.report(&Event::from(Trouble::from(text)));
            }
        })
    }
}

/// What is to run at another time by now stays.
fn leaving(ended: &[Ended], seen: &Snapshot) -> Vec<ResourceChange> {
    let has_ended = |one: &&Ended| {
        let schedule = seen.get::<Schedule>(&one.id.name);
        schedule.is_some_and(|it| it.enabled && it.once_only && it.timetable == one.timetable)
    };
    let leaving = ended.iter().filter(has_ended);
    leaving.map(|one| ResourceChange::Forget(one.id.clone())).collect()
}

#[cfg(test)]
mod tests {
    use model::schedule::Dialect;
    use model::{Kept, Origin, ResourceId, ScheduleExpression, ScheduleName, Timestamp};

    use super::*;

    fn once(expression: &str) -> Schedule {
        let name = ScheduleName::parse("once").expect("a name");
        let expression = ScheduleExpression::parse(expression, Dialect::Scheduler);
        let schedule = Schedule::new(name, expression.expect("an expression"));
        Schedule { once_only: true, ..schedule }
    }

    #[test]
    fn only_what_has_run_for_the_last_time_leaves() {
        let id = ResourceId::of::<Schedule>("default/once");
        let ended =
            [Ended { id: id.clone(), timetable: once("at(2026-11-21T12:00:00)").timetable }];
        let leaving = |there: Schedule| {
            let (resource, origin, at) = (there.into(), Origin::Operator, Timestamp(7));
            let kept = Kept { resource, origin, revision: 1, created: at, updated: at };
            leaving(&ended, &[kept].into_iter().collect())
        };
        let then = once("at(2026-11-21T12:00:00)");
        assert_eq!(leaving(then.clone()), [ResourceChange::Forget(id.clone())]);
        assert_eq!(leaving(once("at(2026-11-22T12:00:00)")), [], "it was changed meanwhile");
        assert_eq!(leaving(Schedule { once_only: false, ..then.clone() }), []);
        assert_eq!(leaving(Schedule { enabled: false, ..then }), []);
        assert_eq!(super::leaving(&ended, &Snapshot::default()), [], "it is gone already");
    }
}
