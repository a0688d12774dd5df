//! The contract for what topics accepted: deliveries that subscriptions have yet to get, and the
//! deduplication ids of FIFO topics.

use bytes::Bytes;
use model::{Arn, Timestamp};

use crate::Pending;

/// A message and the subscriptions that have yet to get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    pub topic: Arn,
    /// Everything that a delivery needs, in the domain's own JSON.
    pub message: Bytes,
    pub to: Vec<DueDelivery>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDelivery {
    pub subscription: Arn,
    /// How often it was tried.
    pub attempts: u32,
    pub due: Timestamp,
}

/// Of two deliveries, the one with the lower number was published first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryNumber(pub u64);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDelivery {
    pub number: DeliveryNumber,
    pub topic: Arn,
    pub message: Bytes,
    pub attempts: u32,
    pub due: Timestamp,
}

/// Which deliveries come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryOrder {
    /// Those that are due first.
    ByDue,
    /// Those that were published first, due or not.
    ByNumber,
}

/// A message that a FIFO topic accepted: what has the same id is no other message for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedId {
    pub topic: Arn,
    /// With its group, where ids count within groups only.
    pub deduplication: String,
    pub message: String,
    pub sequence: u64,
    pub at: Timestamp,
}

/// What became of a delivery that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// Taken, or given up.
    Settled,
    Again {
        attempts: u32,
        due: Timestamp,
    },
}

pub trait PublicationStore: Send + Sync {
    /// Keeps the publications and the ids, all or none.
    fn keep_publications(
        &self,
        publications: Vec<Publication>,
        accepted: Vec<AcceptedId>,
    ) -> Pending<'_, ()>;

    /// Every subscription that has yet to get something.
    fn awaiting_subscriptions(&self) -> Pending<'_, Vec<Arn>>;

    fn deliveries(
        &self,
        subscription: Arn,
        order: DeliveryOrder,
        most: usize,
    ) -> Pending<'_, Vec<KeptDelivery>>;

    /// Notes what became of deliveries; a message that nobody waits for any more is forgotten.
    fn settle_deliveries(
        &self,
        outcomes: Vec<(DeliveryNumber, DeliveryOutcome)>,
    ) -> Pending<'_, ()>;

    /// Forgets what a subscription has yet to get.
    fn forget_deliveries(&self, subscription: Arn) -> Pending<'_, ()>;

    /// Ids accepted since then, in their order.
    fn accepted_ids(&self, since: Timestamp) -> Pending<'_, Vec<AcceptedId>>;

    fn forget_accepted(&self, before: Timestamp) -> Pending<'_, ()>;
}
