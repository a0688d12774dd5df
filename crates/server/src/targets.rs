//! Hands events to whoever their target names: the one place that knows all who can take one.

use std::sync::{Arc, OnceLock, Weak};

use ::triggers::Triggers;
use ::triggers::bus::{Entry, MOST_BYTES};
use functions::{AcceptError, Asynchronous};
use messaging::{Queues, Topics};
use model::deliver::DeliverFuture;
use model::invoke::LogCapture;
use model::{
    Clock, Deliver, DeliverError, Delivered, Delivery, FunctionName, Invocation, InvokeRefusal,
    Qualifier, RequestId, Target, TraceContext,
};

/// One per server. Who takes events may hand on others, so they are named once all of them exist.
pub(crate) struct Targets {
    clock: Arc<dyn Clock>,
    asynchronous: OnceLock<Weak<Asynchronous>>,
    queues: Arc<Queues>,
    topics: OnceLock<Weak<Topics>>,
    triggers: OnceLock<Weak<Triggers>>,
}

impl Targets {
    pub(crate) fn new(clock: Arc<dyn Clock>, queues: Arc<Queues>) -> Self {
        let (asynchronous, topics, triggers) = Default::default();
        Self { clock, asynchronous, queues, topics, triggers }
    }

    /// Functions take events from now on.
    pub(crate) fn set_functions(&self, asynchronous: &Arc<Asynchronous>) {
        // Only the first counts.
        let _ = self.asynchronous.set(Arc::downgrade(asynchronous));
    }

    /// Topics take events from now on.
    pub(crate) fn set_topics(&self, topics: &Arc<Topics>) {
        // Only the first counts.
        let _ = self.topics.set(Arc::downgrade(topics));
    }

    /// The event bus takes events from now on.
    pub(crate) fn set_triggers(&self, triggers: &Arc<Triggers>) {
        // Only the first counts.
        let _ = self.triggers.set(Arc::downgrade(triggers));
    }

    async fn invoke(
        &self,
        function: FunctionName,
        qualifier: Option<&str>,
        delivery: Delivery,
    ) -> Result<Delivered, DeliverError> {
        let named = |qualifier: &str| format!("function `{function}:{qualifier}`");
        let qualifier = match qualifier {
            None => Qualifier::LATEST,
            Some(text) => {
                Qualifier::parse(text).ok_or_else(|| DeliverError::NotFound(named(text)))?
            }
        };
        let asynchronous = self.asynchronous.get().and_then(Weak::upgrade);
        let asynchronous = asynchronous.ok_or_else(stopping)?;
        let request_id = RequestId::from_random(fastrand::u128(..));
        let id = request_id.to_string();
        let trace = delivery
            .trace
            .unwrap_or_else(|| TraceContext::start(self.clock.timestamp(), fastrand::u128(..)));
        let event = delivery.payload;
        let log = LogCapture::None;
        let invocation =
            Invocation { function, qualifier, request_id, event, trace, log, client: None };
        asynchronous.accept(invocation).await.map_err(refused)?;
        Ok(Delivered { id })
    }
}

impl Deliver for Targets {
    fn deliver(&self, delivery: Delivery) -> DeliverFuture<'_> {
        Box::pin(async move {
            match delivery.target.clone() {
                Target::Function { name, qualifier } => {
                    self.invoke(name, qualifier.as_deref(), delivery).await
                }
                Target::Queue { name, options } => {
                    crate::queues::deliver(&self.queues, &name, options, delivery).await
                }
                Target::Topic { name, options } => {
                    let topics = self.topics.get().and_then(Weak::upgrade).ok_or_else(stopping)?;
                    crate::topics::deliver(&topics, &name, options, delivery).await
                }
                Target::EventBus { from, detail_type, resources } => {
                    let triggers = self.triggers.get().and_then(Weak::upgrade);
                    let triggers = triggers.ok_or_else(stopping)?;
                    let entry = Entry {
                        source: Some(from),
                        detail_type: Some(detail_type),
                        detail: Some(String::from_utf8_lossy(&delivery.payload).into_owned()),
                        resources: resources.iter().map(ToString::to_string).collect(),
                        time: None,
                        unknown_bus: None,
                    };
                    put(&triggers, entry).await
                }
            }
        })
    }
}

async fn put(triggers: &Triggers, entry: Entry) -> Result<Delivered, DeliverError> {
    if entry.size() > MOST_BYTES {
        let text = format!("an event has at most {MOST_BYTES} bytes, not {}", entry.size());
        return Err(DeliverError::TooLarge(text));
    }
    let put = triggers.put_events(vec![entry]).await;
    let answers = put.map_err(|error| DeliverError::Unavailable(error.to_string()))?;
    let id = answers.into_iter().next().ok_or_else(stopping)?;
    id.map(|id| Delivered { id }).map_err(|problem| DeliverError::Refused(problem.to_string()))
}

fn stopping() -> DeliverError {
    DeliverError::Unavailable(InvokeRefusal::Stopping.to_string())
}

fn refused(error: AcceptError) -> DeliverError {
    match error {
        AcceptError::Refused(InvokeRefusal::NotFound(name)) => {
            DeliverError::NotFound(format!("function `{name}`"))
        }
        AcceptError::Refused(InvokeRefusal::NoSuchVersion { function, qualifier }) => {
            DeliverError::NotFound(format!("function `{function}:{qualifier}`"))
        }
        AcceptError::Refused(refusal @ InvokeRefusal::EventTooLarge { .. }) => {
            DeliverError::TooLarge(refusal.to_string())
        }
        later => DeliverError::Unavailable(later.to_string()),
    }
}
