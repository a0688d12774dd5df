//! All queues as the writer's thread knows them, and what becomes of that with a transaction.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use store::{KeptQueue, QueueId};

use super::live::Live;
use super::{load, rows};
use crate::sqlite::job::Failed;

#[derive(Default)]
pub(in crate::sqlite) struct Desk {
    /// `None` until they are read, and again after a transaction was undone.
    queues: Option<BTreeMap<QueueId, Live>>,
    /// A job changed something here and failed: only undoing everything makes this right again.
    is_torn: bool,
    /// Messages of purges and dropped queues may still have rows.
    pub(super) has_trash: bool,
}

/// Only the writer's thread ever locks it.
#[derive(Default)]
pub(in crate::sqlite) struct SharedDesk(Mutex<Desk>);

impl SharedDesk {
    pub(in crate::sqlite) fn lock(&self) -> MutexGuard<'_, Desk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::sqlite) fn shared() -> Arc<Self> {
        Arc::default()
    }
}

impl Desk {
    /// Does a job's work. A job that refuses must do so before it changes anything.
    pub(super) fn during<T>(
        &mut self,
        connection: &Connection,
        work: impl FnOnce(&mut Self, &Connection) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        if self.queues.is_none() {
            self.queues = Some(load::all(connection)?);
            self.has_trash = true;
        }
        let done = work(self, connection);
        self.is_torn |= matches!(done, Err(Failed::Sqlite(_)));
        done
    }

    pub(in crate::sqlite) fn is_torn(&self) -> bool {
        self.is_torn
    }

    /// The last act of a transaction: what is gone from the queues, and what they count.
    pub(in crate::sqlite) fn finish(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        for live in self.queues.iter_mut().flat_map(BTreeMap::values_mut) {
            if std::mem::take(&mut live.is_changed) {
                live.flush(connection)?;
                rows::write_counts(connection, live)?;
            }
        }
        Ok(())
    }

    /// The transaction was undone: the rows alone know what holds.
    pub(in crate::sqlite) fn forget(&mut self) {
        *self = Self::default();
    }

    pub(super) fn kept(&self) -> Vec<KeptQueue> {
        self.queues.iter().flat_map(BTreeMap::values).map(|live| live.kept.clone()).collect()
    }

    pub(super) fn find(&mut self, queue: QueueId) -> Option<&mut Live> {
        self.queues.as_mut()?.get_mut(&queue)
    }

    pub(super) fn named(&self, name: &str) -> Option<&KeptQueue> {
        let mut queues = self.queues.iter().flat_map(BTreeMap::values);
        queues.find(|live| live.kept.name.as_str() == name).map(|live| &live.kept)
    }

    pub(super) fn insert(&mut self, live: Live) {
        self.queues.get_or_insert_default().insert(live.kept.id, live);
    }

    pub(super) fn remove(&mut self, queue: QueueId) -> Option<Live> {
        self.queues.as_mut()?.remove(&queue)
    }
}
