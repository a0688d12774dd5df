//! All queues of a server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use model::{Account, Arn, Clock, Queue, QueueName, Timestamp};
use store::{MessageId, MessageStore};

use crate::queue::{Moves, Open, QueueError};

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
const MOST_IN_FLIGHT: usize = 120_000;

/// Shared in an `Arc` by everybody who sends or receives. What it does is an action a file, under
/// `queue/`.
pub struct Queues {
    pub(crate) store: Arc<dyn MessageStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) account: Account,
    /// Of each queue, received and not deleted.
    pub(crate) most_in_flight: usize,
    chance: Mutex<fastrand::Rng>,
    moves: Mutex<Moves>,
    pub(crate) open: ArcSwap<BTreeMap<QueueName, Arc<Open>>>,
    /// One installation at a time.
    pub(crate) installing: tokio::sync::Mutex<()>,
}

impl Queues {
    /// Without queues. `seed` must be another at each start: ids of messages come from it.
    pub fn new(
        store: Arc<dyn MessageStore>,
        clock: Arc<dyn Clock>,
        account: Account,
        seed: u64,
    ) -> Self {
        let chance = Mutex::new(fastrand::Rng::with_seed(seed));
        let (open, installing) = (ArcSwap::default(), tokio::sync::Mutex::default());
        let moves = Mutex::default();
        let most_in_flight = MOST_IN_FLIGHT;
        Self { store, clock, account, most_in_flight, chance, moves, open, installing }
    }

    /// The queues that are installed, by name.
    pub fn all(&self) -> Vec<Queue> {
        self.open.load().values().map(|open| open.queue.clone()).collect()
    }

    pub fn find(&self, name: &str) -> Option<Queue> {
        self.open.load().get(name).map(|open| open.queue.clone())
    }

    pub fn arn(&self, name: &QueueName) -> Arn {
        self.account.arn("sqs", name)
    }

    pub(crate) fn opened(&self, name: &QueueName) -> Result<Arc<Open>, QueueError> {
        let open = self.open.load();
        open.get(name).cloned().ok_or_else(|| QueueError::NoSuchQueue(name.to_string()))
    }

    /// One of our own queues.
    pub(crate) fn opened_by_arn(&self, arn: &Arn) -> Option<Arc<Open>> {
        let name = QueueName::parse(arn.resource()).ok()?;
        let open = self.opened(&name).ok()?;
        (self.arn(&name) == *arn).then_some(open)
    }

    pub(crate) fn moves(&self) -> MutexGuard<'_, Moves> {
        self.moves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.timestamp()
    }

    pub(crate) fn new_id(&self) -> MessageId {
        MessageId::random(self.random())
    }

    pub(crate) fn random(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).fill(&mut bytes);
        bytes
    }
}

impl std::fmt::Debug for Queues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queues").finish_non_exhaustive()
    }
}
