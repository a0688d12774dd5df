//! The triggers of a running server: made real from resources, driven, and ended.

use std::sync::{Arc, OnceLock, Weak};

use ::triggers::{Completed, EventSources, Ports, SourcePorts, Triggers};
use messaging::Queues;
use model::{Account, Clock, Deliver, Invoke, ResourceChange, ResourceId, Snapshot};
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

/// Removes schedules that have run for the last time.
struct LastRuns {
    reporter: Arc<dyn Reporter>,
    resources: OnceLock<Weak<Resources>>,
}

impl Completed for LastRuns {
    fn completed(&self, schedule: ResourceId) {
        let Some(resources) = self.resources.get().and_then(Weak::upgrade) else { return };
        let reporter = Arc::clone(&self.reporter);
        tokio::spawn(async move {
            let seen = aws::Control::resources(&*resources);
            let change = vec![ResourceChange::Forget(schedule.clone())];
            if let Err(error) = aws::Control::change(&*resources, seen, change).await {
                let text = format!("{schedule} has run for the last time and stays: {error}");
                reporter.report(&Event::from(Trouble::from(text)));
            }
        });
    }
}
