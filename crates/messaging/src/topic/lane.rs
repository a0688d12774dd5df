//! A subscription's lane: what it has yet to get, tried when it is due until it was taken or given
//! up. A lane is there for as long as it has something to do.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use model::Arn;
use store::{DeliveryNumber, DeliveryOrder, DeliveryOutcome, KeptDelivery};
use tokio::sync::Notify;
use tracing::{error, warn};

use super::attempt::{Kept, Verdict};
use crate::Topics;

/// Attempts of one subscription that are under way together.
const TOGETHER: usize = 16;

/// How long to wait for a store that fails.
const STORE_PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(crate) struct Lane {
    bell: Arc<Notify>,
    /// Something came since it last looked.
    is_woken: bool,
}

enum Round {
    /// There may be more at once.
    More,
    /// Until then nothing is due, unless something comes.
    Wait(Duration),
    /// Whatever comes meanwhile waits, too.
    Rest(Duration),
    Empty,
}

impl Topics {
    /// Says that there is something to do for a subscription.
    pub(crate) fn wake(self: &Arc<Self>, subscription: &Arn) {
        let mut lanes = self.lanes();
        if let Some(lane) = lanes.get_mut(subscription) {
            lane.is_woken = true;
            lane.bell.notify_one();
            return;
        }
        let lane = Lane::default();
        let (topics, subscription) = (Arc::clone(self), subscription.clone());
        let bell = Arc::clone(&lane.bell);
        lanes.insert(subscription.clone(), lane);
        drop(lanes);
        self.runtime().spawn(async move { topics.drive(&subscription, &bell).await });
    }

    pub(super) fn has_lane(&self, subscription: &Arn) -> bool {
        self.lanes().contains_key(subscription)
    }

    /// Waits until nothing is due to anybody.
    #[cfg(test)]
    pub(super) async fn until_idle(&self) {
        while !self.lanes().is_empty() {
            tokio::task::yield_now().await;
        }
    }

    async fn drive(&self, subscription: &Arn, bell: &Notify) {
        loop {
            if let Some(lane) = self.lanes().get_mut(subscription) {
                lane.is_woken = false;
            }
            match self.round(subscription).await {
                Round::More => {}
                Round::Wait(wait) => {
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = bell.notified() => {}
                    }
                }
                Round::Rest(rest) => tokio::time::sleep(rest).await,
                Round::Empty => {
                    let mut lanes = self.lanes();
                    if lanes.get(subscription).is_none_or(|lane| !lane.is_woken) {
                        lanes.remove(subscription);
                        return;
                    }
                }
            }
        }
    }

    /// Tries what is due, and notes what became of it.
    async fn round(&self, subscription: &Arn) -> Round {
        let (order, pace) = self.manner(subscription);
        let most = pace.map_or(TOGETHER, |per_second| TOGETHER.min(per_second));
        let mut kept = match self.store().deliveries(subscription.clone(), order, most).await {
            Ok(kept) => kept,
            Err(error) => {
                warn!(%subscription, "deliveries wait for the store: {error}");
                return Round::Rest(STORE_PAUSE);
            }
        };
        let now = self.now();
        let Some(first) = kept.first() else { return Round::Empty };
        if first.due > now {
            return Round::Wait(first.due.since(now));
        }
        let is_due = kept.iter().take_while(|delivery| delivery.due <= now).count();
        kept.truncate(is_due);
        let outcomes = match order {
            DeliveryOrder::ByDue => {
                join_all(kept.iter().map(|delivery| self.settle(subscription, delivery))).await
            }
            DeliveryOrder::ByNumber => self.settle_in_order(subscription, &kept).await,
        };
        if let Err(error) = self.store().settle_deliveries(outcomes).await {
            warn!(%subscription, "deliveries may be repeated, the store failed: {error}");
            return Round::Rest(STORE_PAUSE);
        }
        match pace {
            Some(per_second) => {
                let share = u32::try_from(kept.len()).unwrap_or(1);
                let per_second = u32::try_from(per_second).unwrap_or(u32::MAX).max(1);
                Round::Rest(Duration::from_secs(1) * share / per_second)
            }
            None => Round::More,
        }
    }

    /// In which order a subscription gets its messages, and the most per second.
    fn manner(&self, subscription: &Arn) -> (DeliveryOrder, Option<usize>) {
        let installed = self.installed();
        let Some((place, compiled)) = installed.subscription(subscription) else {
            return (DeliveryOrder::ByDue, None);
        };
        let order = match place.topic.fifo {
            Some(_) => DeliveryOrder::ByNumber,
            None => DeliveryOrder::ByDue,
        };
        let effective = place.topic.delivery.effective(compiled.declared.delivery.as_ref());
        let pace = effective.throttle_policy.map(|throttle| throttle.max_receives_per_second);
        (order, pace.map(|pace| usize::try_from(pace).unwrap_or(usize::MAX)))
    }

    /// Nothing goes on before what failed.
    async fn settle_in_order(
        &self,
        subscription: &Arn,
        kept: &[KeptDelivery],
    ) -> Vec<(DeliveryNumber, DeliveryOutcome)> {
        let mut outcomes = Vec::new();
        for delivery in kept {
            let outcome = self.settle(subscription, delivery).await;
            outcomes.push(outcome);
            if matches!(outcome.1, DeliveryOutcome::Again { .. }) {
                break;
            }
        }
        outcomes
    }

    async fn settle(
        &self,
        subscription: &Arn,
        delivery: &KeptDelivery,
    ) -> (DeliveryNumber, DeliveryOutcome) {
        let kept: Kept = match serde_json::from_slice(&delivery.message) {
            Ok(kept) => kept,
            Err(problem) => {
                error!(%subscription, "a kept message cannot be read and was given up: {problem}");
                return (delivery.number, DeliveryOutcome::Settled);
            }
        };
        let attempts = delivery.attempts + 1;
        let reason = match self.attempt(subscription, &kept).await {
            Verdict::Taken => return (delivery.number, DeliveryOutcome::Settled),
            Verdict::Never(reason) => reason,
            Verdict::Again(reason) => match self.delay(subscription, &kept, attempts) {
                Some(delay) => {
                    let due = self.now().plus(delay);
                    return (delivery.number, DeliveryOutcome::Again { attempts, due });
                }
                None => format!("{reason}, after {attempts} attempts"),
            },
        };
        match self.give_up(subscription, &kept, &reason).await {
            Verdict::Again(_) => {
                let due = self.now().plus(STORE_PAUSE);
                (delivery.number, DeliveryOutcome::Again { attempts, due })
            }
            _ => (delivery.number, DeliveryOutcome::Settled),
        }
    }

    /// How long to wait after so many attempts, by the subscription's policy.
    fn delay(&self, subscription: &Arn, kept: &Kept, attempts: u32) -> Option<Duration> {
        let installed = self.installed();
        let retries = match (installed.subscription(subscription), kept) {
            (Some((place, compiled)), _) => compiled.retries(&place.topic),
            (None, Kept::Question(_)) => model::topic::Retries::default(),
            (None, Kept::Notification(_)) => return None,
        };
        let delay = retries.delay(attempts)?;
        // Jitter: endpoints that failed together are not tried together.
        let jitter = u32::try_from(self.random() & 0xff).unwrap_or(0);
        Some(delay.saturating_sub(delay / 10 * jitter / 256))
    }

    async fn give_up(&self, subscription: &Arn, kept: &Kept, reason: &str) -> Verdict {
        let installed = self.installed();
        let (Kept::Notification(published), Some((place, compiled))) =
            (kept, installed.subscription(subscription))
        else {
            warn!(%subscription, "an endpoint could not be asked to confirm: {reason}");
            return Verdict::Taken;
        };
        match self.seal_for(place, compiled, published).await {
            Ok(seal) => self.bury(compiled, published, seal.as_ref(), reason).await,
            Err(problem) => Verdict::Again(problem),
        }
    }
}
