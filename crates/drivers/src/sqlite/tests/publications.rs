//! Lends the contract for what topics accepted to the suite.

use model::{Arn, Timestamp};
use store::{
    AcceptedId, DeliveryNumber, DeliveryOrder, DeliveryOutcome, KeptDelivery, Pending, Publication,
    PublicationStore,
};

use super::Own;

impl PublicationStore for Own {
    fn keep_publications(
        &self,
        publications: Vec<Publication>,
        accepted: Vec<AcceptedId>,
    ) -> Pending<'_, ()> {
        self.store.keep_publications(publications, accepted)
    }

    fn awaiting_subscriptions(&self) -> Pending<'_, Vec<Arn>> {
        self.store.awaiting_subscriptions()
    }

    fn deliveries(
        &self,
        subscription: Arn,
        order: DeliveryOrder,
        most: usize,
    ) -> Pending<'_, Vec<KeptDelivery>> {
        self.store.deliveries(subscription, order, most)
    }

    fn settle_deliveries(
        &self,
        outcomes: Vec<(DeliveryNumber, DeliveryOutcome)>,
    ) -> Pending<'_, ()> {
        self.store.settle_deliveries(outcomes)
    }

    fn forget_deliveries(&self, subscription: Arn) -> Pending<'_, ()> {
        self.store.forget_deliveries(subscription)
    }

    fn accepted_ids(&self, since: Timestamp) -> Pending<'_, Vec<AcceptedId>> {
        self.store.accepted_ids(since)
    }

    fn forget_accepted(&self, before: Timestamp) -> Pending<'_, ()> {
        self.store.forget_accepted(before)
    }
}
