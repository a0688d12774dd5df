//! What topics accepted, in memory.

use std::collections::BTreeMap;

use model::{Arn, Timestamp};

use super::{Memory, done};
use crate::{
    AcceptedId, DeliveryNumber, DeliveryOrder, DeliveryOutcome, KeptDelivery, Pending, Publication,
    PublicationStore,
};

#[derive(Debug, Clone, Default)]
pub(super) struct Publications {
    last: u64,
    due: BTreeMap<DeliveryNumber, (Arn, KeptDelivery)>,
    accepted: Vec<AcceptedId>,
}

impl PublicationStore for Memory {
    fn keep_publications(
        &self,
        publications: Vec<Publication>,
        accepted: Vec<AcceptedId>,
    ) -> Pending<'_, ()> {
        let mut kept = self.kept();
        let publications_kept = &mut kept.publications;
        for publication in publications {
            for to in publication.to {
                publications_kept.last += 1;
                let delivery = KeptDelivery {
                    number: DeliveryNumber(publications_kept.last),
                    topic: publication.topic.clone(),
                    message: publication.message.clone(),
                    attempts: to.attempts,
                    due: to.due,
                };
                publications_kept.due.insert(delivery.number, (to.subscription, delivery));
            }
        }
        publications_kept.accepted.extend(accepted);
        done(Ok(()))
    }

    fn awaiting_subscriptions(&self) -> Pending<'_, Vec<Arn>> {
        let kept = self.kept();
        let mut all: Vec<Arn> =
            kept.publications.due.values().map(|(subscription, _)| subscription.clone()).collect();
        all.sort();
        all.dedup();
        done(Ok(all))
    }

    fn deliveries(
        &self,
        subscription: Arn,
        order: DeliveryOrder,
        most: usize,
    ) -> Pending<'_, Vec<KeptDelivery>> {
        let kept = self.kept();
        let is_meant =
            |(to, delivery): &(Arn, KeptDelivery)| (*to == subscription).then(|| delivery.clone());
        let mut all: Vec<_> = kept.publications.due.values().filter_map(is_meant).collect();
        if order == DeliveryOrder::ByDue {
            all.sort_by_key(|delivery| (delivery.due, delivery.number));
        }
        all.truncate(most);
        done(Ok(all))
    }

    fn settle_deliveries(
        &self,
        outcomes: Vec<(DeliveryNumber, DeliveryOutcome)>,
    ) -> Pending<'_, ()> {
        let mut kept = self.kept();
        for (number, outcome) in outcomes {
            match outcome {
                DeliveryOutcome::Settled => {
                    kept.publications.due.remove(&number);
                }
                DeliveryOutcome::Again { attempts, due } => {
                    if let Some((_, delivery)) = kept.publications.due.get_mut(&number) {
                        (delivery.attempts, delivery.due) = (attempts, due);
                    }
                }
            }
        }
        done(Ok(()))
    }

    fn forget_deliveries(&self, subscription: Arn) -> Pending<'_, ()> {
        self.kept().publications.due.retain(|_, (to, _)| *to != subscription);
        done(Ok(()))
    }

    fn accepted_ids(&self, since: Timestamp) -> Pending<'_, Vec<AcceptedId>> {
        let kept = self.kept();
        let recent = kept.publications.accepted.iter().filter(|id| id.at >= since);
        done(Ok(recent.cloned().collect()))
    }

    fn forget_accepted(&self, before: Timestamp) -> Pending<'_, ()> {
        self.kept().publications.accepted.retain(|id| id.at >= before);
        done(Ok(()))
    }
}
