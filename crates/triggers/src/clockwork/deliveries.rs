//! Hands events to their targets, each in a task of its own.

use std::sync::Arc;

use model::{DeliverError, Timestamp};
use store::OutgoingEvent;
use tokio::task::JoinSet;

use super::MOST_DELIVERIES;
use crate::Triggers;
use crate::delivery::{self, attempt, dead_letter};
use crate::triggers::locked;

impl Triggers {
    pub(super) fn deliver_due(self: &Arc<Self>, deliveries: &mut JoinSet<()>) {
        while deliveries.try_join_next().is_some() {}
        while deliveries.len() < MOST_DELIVERIES {
            let Some(event) = self.take_due(self.ports.clock.timestamp()) else { return };
            deliveries.spawn(Arc::clone(self).attempt(event));
        }
    }

    pub(super) fn next_waiting(&self) -> Option<Timestamp> {
        locked(&self.waiting).first_key_value().map(|((next, _), _)| *next)
    }

    fn take_due(&self, now: Timestamp) -> Option<OutgoingEvent> {
        let mut waiting = locked(&self.waiting);
        let first = waiting.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }

    async fn attempt(self: Arc<Self>, mut event: OutgoingEvent) {
        let _under_way = self.tally.in_flight.enter();
        if event.attempts == 0 {
            self.tally.late.observe(self.ports.clock.timestamp().since(event.next));
        }
        let taken = match delivery::of(&event) {
            Ok(delivery) => self.ports.deliver.deliver(delivery).await.map(|_| ()),
            Err(reason) => Err(DeliverError::Refused(reason)),
        };
        event.attempts += 1;
        let Err(error) = taken else {
            self.tally.taken.count();
            return self.settle(event.id).await;
        };
        self.tally.failed.count();
        let now = self.ports.clock.timestamp();
        match attempt::after(&event, &error, now) {
            attempt::Next::Again(at) => self.postpone(event, at).await,
            attempt::Next::GiveUp(why) => self.give_up(event, &error, why).await,
        }
    }

    async fn settle(&self, id: String) {
        if let Err(error) = self.ports.store.settle_events(vec![id.clone()]).await {
            tracing::error!(event = id, %error, "an event was taken, and will be delivered again");
        }
    }

    async fn postpone(&self, mut event: OutgoingEvent, at: Timestamp) {
        let noted = self.ports.store.postpone_event(event.id.clone(), event.attempts, at).await;
        if let Err(error) = noted {
            tracing::warn!(event.id, %error, "an attempt was not noted");
        }
        event.next = at;
        self.let_go(vec![event]);
    }

    async fn give_up(&self, event: OutgoingEvent, error: &DeliverError, why: attempt::Exhausted) {
        let target = event.target.arn.as_str();
        tracing::warn!(
            source = event.source.as_str(), target, attempts = event.attempts, %error,
            "an event was not taken and is not tried again"
        );
        if let Some(letter) = dead_letter::of(&event, error, why)
            && let Err(refused) = self.ports.deliver.deliver(letter).await
        {
            if refused.may_be_retried() {
                let at = self.ports.clock.timestamp().plus(std::time::Duration::from_secs(10));
                return self.postpone(event, at).await;
            }
            tracing::error!(target, error = %refused, "its dead-letter queue did not take it");
        }
        self.tally.dropped.count();
        self.settle(event.id).await;
    }
}
