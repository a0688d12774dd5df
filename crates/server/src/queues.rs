//! The queues of a running server: made real from resources, tidied, and reached by deliveries.

use std::sync::Arc;

use messaging::{Outgoing, QueueError, Queues};
use model::{
    Account, Clock, DeliverError, Delivered, Delivery, MessageOptions, Queue, QueueName,
    ResourceId, ResourceKind, Snapshot,
};
use rustix::rand::{GetRandomFlags, getrandom};
use store::MessageStore;

use crate::event::Event;
use crate::platform::Platform;
use crate::resources::{Install, Installing};
use crate::start::StartError;
use crate::trouble::Trouble;

/// Without queues until resources are installed.
pub(crate) fn open(
    store: Arc<dyn MessageStore>,
    clock: Arc<dyn Clock>,
    account: Account,
) -> Result<Arc<Queues>, StartError> {
    let mut seed = [0; 8];
    let filled = getrandom(&mut seed, GetRandomFlags::empty());
    filled.map_err(|error| StartError::machine("random numbers")(error.into()))?;
    let seed = u64::from_ne_bytes(seed);
    Ok(Arc::new(Queues::new(store, clock, account, seed)))
}

pub(crate) struct Owner(pub(crate) Arc<Queues>);

impl Install for Owner {
    fn install<'a>(&'a self, all: &'a Snapshot) -> Installing<'a, ()> {
        let queues = all.all::<Queue>().cloned().collect();
        Box::pin(async move { self.0.install(queues).await.map_err(|error| error.to_string()) })
    }

    fn holds_something<'a>(&'a self, id: &'a ResourceId) -> Installing<'a, bool> {
        Box::pin(async move {
            let name = QueueName::parse(&id.name).ok().filter(|_| id.kind == ResourceKind::Queue);
            let Some(name) = name else { return Ok(false) };
            match self.0.counts(&name).await {
                Ok(counts) => Ok(counts.visible + counts.in_flight + counts.delayed > 0),
                Err(QueueError::NoSuchQueue(_)) => Ok(false),
                Err(error) => Err(error.to_string()),
            }
        })
    }
}

/// For as long as the server runs.
pub(crate) async fn keep_tidy(platform: Arc<Platform>) {
    let tell = |error: &store::StoreError| {
        let text = format!("messages that expired are still there: {error}");
        platform.report(&Event::from(Trouble::from(text)));
    };
    platform.queues.keep_tidy(tell).await;
}

/// An event becomes a message.
pub(crate) async fn deliver(
    queues: &Queues,
    name: &QueueName,
    options: MessageOptions,
    delivery: Delivery,
) -> Result<Delivered, DeliverError> {
    let body = String::from_utf8(delivery.payload.into());
    let body = body.map_err(|_| {
        DeliverError::Refused(format!(
            "the event for queue `{name}` is not UTF-8, which it must be"
        ))
    })?;
    let MessageOptions { group, deduplication, attributes, subject: _ } = options;
    let trace_header = delivery.trace.map(model::TraceContext::to_amzn);
    let message =
        Outgoing { body, attributes, group, deduplication, trace_header, ..Outgoing::default() };
    match queues.send(name, message).await {
        Ok(sent) => Ok(Delivered { id: sent.id }),
        Err(QueueError::NoSuchQueue(name)) => {
            Err(DeliverError::NotFound(format!("queue `{name}`")))
        }
        Err(error @ QueueError::TooLong { .. }) => Err(DeliverError::TooLarge(error.to_string())),
        Err(error @ QueueError::Store(_)) => Err(DeliverError::Unavailable(error.to_string())),
        Err(error) => Err(DeliverError::Refused(error.to_string())),
    }
}
