//! A queue that is installed: its settings, and what lives as long as the process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::{Arn, Moment, Queue};
use store::{KeptQueue, QueueId, StoreError};

use super::QueueError;
use super::arrivals::Arrivals;
use super::attempts::Attempts;
use super::receipt_handle::Sealer;

pub(crate) struct Open {
    pub(crate) queue: Queue,
    pub(crate) kept: KeptQueue,
    pub(crate) sealer: Sealer,
    pub(crate) arn: Arn,
    pub(crate) live: Arc<Live>,
}

/// What a change of settings leaves alone.
#[derive(Default)]
pub(crate) struct Live {
    pub(crate) arrivals: Arrivals,
    /// A receive waits until fewer messages are in flight.
    awaits_deletions: AtomicBool,
    attempts: Mutex<Attempts>,
    purged: Mutex<Option<Moment>>,
}

impl Open {
    pub(crate) fn id(&self) -> QueueId {
        self.kept.id
    }

    pub(crate) fn is_fifo(&self) -> bool {
        self.queue.fifo.is_some()
    }

    /// The store lost sight of a queue that was deleted meanwhile.
    pub(crate) fn failed(&self, error: StoreError) -> QueueError {
        match error {
            StoreError::NoQueue => QueueError::NoSuchQueue(self.queue.name.to_string()),
            other => QueueError::Store(other),
        }
    }
}

impl Live {
    /// The next deletion wakes a receive. True unless that was so before.
    pub(crate) fn wait_for_deletions(&self) -> bool {
        !self.awaits_deletions.swap(true, Ordering::SeqCst)
    }

    pub(crate) fn deleted(&self) {
        if self.awaits_deletions.swap(false, Ordering::SeqCst) {
            self.arrivals.came();
        }
    }

    pub(crate) fn attempts(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn purged(&self) -> MutexGuard<'_, Option<Moment>> {
        self.purged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
