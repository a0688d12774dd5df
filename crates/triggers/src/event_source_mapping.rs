//! Runs functions with the messages of queues. Each mapping has lanes; a lane polls for a batch,
//! filters it, runs the function and settles, one after another.

mod batch;
mod event;
mod filter;
mod lane;
mod poll;
mod run;
mod scale;
mod settle;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use messaging::Queues;
use model::{Clock, EventSourceMapping, Invoke, Queue, Snapshot};

use crate::metrics::MappingTallies;
use crate::triggers::locked;
use lane::Lanes;

pub use event::queue_event;

/// What mappings need of a server.
#[derive(Clone)]
pub struct SourcePorts {
    pub queues: Arc<Queues>,
    pub invoke: Arc<dyn Invoke>,
    pub clock: Arc<dyn Clock>,
}

/// All enabled mappings of a server.
pub struct EventSources {
    ports: SourcePorts,
    running: Mutex<BTreeMap<String, Arc<Lanes>>>,
    /// Those whose queue is gone.
    waiting: Mutex<BTreeSet<String>>,
    tallies: MappingTallies,
    /// One installation at a time.
    installing: tokio::sync::Mutex<()>,
}

impl EventSources {
    /// Without mappings.
    pub fn new(ports: SourcePorts) -> Self {
        let (running, waiting, tallies, installing) = Default::default();
        Self { ports, running, waiting, tallies, installing }
    }

    /// Starts what is new and ends what is gone or changed; it ends once its batches under way are
    /// settled, beside which the new one runs already. One whose queue is gone waits for it. Call it
    /// inside the control runtime.
    pub async fn install(&self, snapshot: &Snapshot) {
        let _one = self.installing.lock().await;
        let enabled = snapshot.all::<EventSourceMapping>().filter(|mapping| mapping.enabled);
        let (wanted, waiting): (Vec<_>, Vec<_>) =
            enabled.partition(|mapping| has_queue(mapping, snapshot));
        self.wait(&waiting);
        let wanted: BTreeMap<&str, &EventSourceMapping> =
            wanted.into_iter().map(|mapping| (mapping.id.as_str(), mapping)).collect();
        let mut running = locked(&self.running);
        running.retain(|id, lanes| {
            let is_same = wanted.get(id.as_str()).is_some_and(|wanted| lanes.is_of(wanted));
            if !is_same {
                lanes.stop();
            }
            is_same
        });
        for (id, mapping) in wanted {
            if running.contains_key(id) {
                continue;
            }
            match Lanes::start(mapping.clone(), self.ports.clone(), self.tallies.of(id)) {
                Ok(lanes) => {
                    running.insert(id.to_owned(), lanes);
                }
                Err(problem) => tracing::error!(mapping = id, %problem, "a mapping can not run"),
            }
        }
    }

    /// Says once of each that its queue is gone.
    fn wait(&self, mappings: &[&EventSourceMapping]) {
        let mut waiting = locked(&self.waiting);
        for mapping in mappings.iter().filter(|mapping| !waiting.contains(&mapping.id)) {
            tracing::warn!(
                mapping = %mapping.id, queue = %mapping.queue, function = %mapping.function,
                "a mapping's queue is gone: the mapping waits until there is a queue of this name"
            );
        }
        *waiting = mappings.iter().map(|mapping| mapping.id.clone()).collect();
    }

    /// Prometheus's text format.
    pub fn metrics(&self) -> String {
        self.tallies.expose()
    }

    /// Takes no more messages, and waits until the batches under way are settled.
    pub async fn stop(&self) {
        let _one = self.installing.lock().await;
        let all: Vec<Arc<Lanes>> =
            std::mem::take(&mut *locked(&self.running)).into_values().collect();
        for lanes in &all {
            lanes.stop();
        }
        for lanes in all {
            lanes.ended().await;
        }
    }
}

/// What names something else than a queue never gets one, and is told so when it starts.
fn has_queue(mapping: &EventSourceMapping, snapshot: &Snapshot) -> bool {
    mapping.queue_name().is_none_or(|name| snapshot.get::<Queue>(&name).is_some())
}
