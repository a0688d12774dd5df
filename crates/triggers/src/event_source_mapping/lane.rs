//! The lanes of one mapping: how they begin, take turns and end.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use messaging::QueueError;
use model::{EventSourceMapping, FunctionName, MessageOptions, QueueName, Target};
use tokio::sync::watch;

use super::SourcePorts;
use super::batch::Item;
use super::filter::Filter;
use super::run::Ran;
use super::scale::{Scale, Step};
use crate::metrics::MappingTally;
use crate::triggers::locked;

pub(crate) struct Lanes {
    pub(super) mapping: EventSourceMapping,
    pub(super) queue: QueueName,
    pub(super) function: FunctionName,
    pub(super) qualifier: Option<String>,
    pub(super) filter: Filter,
    pub(super) ports: SourcePorts,
    pub(super) tally: Arc<MappingTally>,
    state: Mutex<State>,
    stopping: watch::Sender<bool>,
    /// How many lanes there are.
    count: watch::Sender<usize>,
}

#[derive(Debug)]
struct State {
    lanes: usize,
    polling: usize,
    scale: Scale,
}

/// How long a lane leaves a queue alone that could not be polled.
const TROUBLED: Duration = Duration::from_secs(1);

impl Lanes {
    /// Begins with one lane.
    pub(super) fn start(
        mapping: EventSourceMapping,
        ports: SourcePorts,
        tally: Arc<MappingTally>,
    ) -> Result<Arc<Self>, String> {
        let queue = mapping.queue_name().ok_or_else(|| format!("{} is no queue", mapping.queue))?;
        let function = Target::of(&mapping.function, MessageOptions::default());
        let Some(Target::Function { name, qualifier }) = function else {
            return Err(format!("{} is no function", mapping.function));
        };
        let filter = Filter::compile(&mapping.filters).map_err(|problem| problem.to_string())?;
        let scale = Scale::of(mapping.most_concurrent);
        let lanes = Arc::new(Self {
            mapping,
            queue,
            function: name,
            qualifier,
            filter,
            ports,
            tally,
            state: Mutex::new(State { lanes: 1, polling: 0, scale }),
            stopping: watch::Sender::new(false),
            count: watch::Sender::new(1),
        });
        tokio::spawn(Arc::clone(&lanes).drive());
        Ok(lanes)
    }

    pub(super) fn is_of(&self, mapping: &EventSourceMapping) -> bool {
        self.mapping == *mapping
    }

    pub(super) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    pub(super) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    pub(super) async fn stopped(&self) {
        // The sender lives as long as this.
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
    }

    pub(super) async fn ended(&self) {
        let _ = self.count.subscribe().wait_for(|lanes| *lanes == 0).await;
    }

    pub(super) fn throttled(&self) {
        self.tally.throttled.count();
        locked(&self.state).scale.throttled();
    }

    pub(super) fn succeeded(&self) {
        locked(&self.state).scale.succeeded();
    }

    /// One lane, from its first poll to its end.
    async fn drive(self: Arc<Self>) {
        let mut carried = VecDeque::new();
        while !carried.is_empty() || self.may_poll() {
            let is_polling = carried.is_empty();
            let gathered = self.gather(&mut carried).await;
            if is_polling {
                self.polled(gathered.as_ref().is_ok_and(|batch| !batch.is_empty()));
            }
            let ran = match gathered {
                Ok(batch) if batch.is_empty() => Ran::AllDone,
                Ok(batch) => self.run(batch, &carried).await,
                Err(error) => {
                    self.troubled(&error);
                    tokio::select! {
                        () = tokio::time::sleep(TROUBLED) => {}
                        () = self.stopped() => {}
                    }
                    Ran::NotAllDone
                }
            };
            if ran == Ran::NotAllDone && self.queue.is_fifo() {
                // They must not overtake what comes again, and in flight they would hold it up.
                let behind = carried.drain(..).map(|item: Item| item.receipt_handle);
                self.release(behind.collect()).await;
            }
        }
        let mut state = locked(&self.state);
        state.lanes -= 1;
        self.count.send_replace(state.lanes);
    }

    /// A queue that is gone is told of where the mapping learns that it waits for it.
    fn troubled(&self, error: &QueueError) {
        if !matches!(error, QueueError::NoSuchQueue(_)) {
            let queue = self.queue.as_str();
            tracing::warn!(queue, %error, "a queue can not be polled");
        }
    }

    /// Whether this lane polls, or ends.
    fn may_poll(&self) -> bool {
        if self.is_stopping() {
            return false;
        }
        let mut state = locked(&self.state);
        let step = state.scale.on_poll(state.lanes, state.polling + 1);
        if step == Step::Shrink {
            return false;
        }
        state.polling += 1;
        true
    }

    /// Who has a batch sees to it that somebody polls.
    fn polled(self: &Arc<Self>, has_batch: bool) {
        let mut state = locked(&self.state);
        state.polling -= 1;
        let grows = has_batch && state.scale.on_batch(state.lanes, state.polling) == Step::Grow;
        if !grows || self.is_stopping() {
            return;
        }
        state.lanes += 1;
        self.count.send_replace(state.lanes);
        tokio::spawn(Arc::clone(self).drive());
    }
}
