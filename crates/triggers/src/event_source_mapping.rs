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

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use messaging::Queues;
use model::{Clock, EventSourceMapping, Invoke, Snapshot};

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
    tallies: MappingTallies,
    /// One installation at a time.
    installing: tokio::sync::Mutex<()>,
}

impl EventSources {
    /// Without mappings.
    pub fn new(ports: SourcePorts) -> Self {
        let (running, tallies, installing) = Default::default();
        Self { ports, running, tallies, installing }
    }

    /// Starts what is new and ends what is gone or changed; it ends once its batches under way are
    /// settled, beside which the new one runs already. Call it inside the control runtime.
    pub async fn install(&self, snapshot: &Snapshot) {
        let _one = self.installing.lock().await;
        let wanted: BTreeMap<&str, &EventSourceMapping> = snapshot
            .all::<EventSourceMapping>()
            .filter(|mapping| mapping.enabled)
            .map(|mapping| (mapping.id.as_str(), mapping))
            .collect();
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
