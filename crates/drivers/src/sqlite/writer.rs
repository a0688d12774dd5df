//! The one thread that writes. Everything that waits when a transaction begins is part of it, and none
//! begins while another thread syncs the last one, so that one sync of the disk acknowledges many changes.

use std::sync::Arc;
use std::thread::JoinHandle;

use rusqlite::Connection;
use store::StoreError;
use tokio::sync::mpsc;

use super::checkpoint::Log;
use super::job::{Failed, Job, Room, Told, Undo};
use super::messages::SharedDesk;
use super::reserve::Reserve;
use super::sync::Synced;
use super::trouble::Trouble;

/// Bounds how long the first of them waits for the last.
const MOST_TOGETHER: usize = 1024;

pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) log: Log,
    pub(super) synced: Synced,
    pub(super) reserve: Reserve,
    pub(super) trouble: Arc<Trouble>,
    pub(super) desk: Arc<SharedDesk>,
}

impl Writer {
    pub(super) fn start(
        mut self,
        mut jobs: mpsc::Receiver<Box<dyn Job>>,
    ) -> std::io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
            self.log.watch(&mut self.connection);
            let mut batch = Vec::new();
            while jobs.blocking_recv_many(&mut batch, MOST_TOGETHER) > 0 {
                self.synced.settle();
                let room = MOST_TOGETHER - batch.len();
                batch.extend(std::iter::from_fn(|| jobs.try_recv().ok()).take(room));
                self.commit(&mut batch);
            }
        })
    }

    fn commit(&mut self, batch: &mut Vec<Box<dyn Job>>) {
        self.reserve.renew(&self.connection);
        let committed = match self.trouble.lasting() {
            Some(lasting) => Err(lasting),
            None => self.transact(batch),
        };
        if committed.is_err() {
            if !self.connection.is_autocommit() {
                // What cannot be undone was never committed either.
                let _ = self.connection.execute_batch("ROLLBACK");
            }
            self.desk.lock().forget();
        }
        if matches!(committed, Err(StoreError::Full { .. })) {
            self.reserve.spend();
        }
        let mut waiting = Vec::new();
        for job in batch.drain(..) {
            if committed.is_ok() && job.told() == Told::Synced {
                waiting.push(job);
            } else {
                job.tell(committed.clone());
            }
        }
        if committed.is_ok() {
            self.synced.tell(waiting);
        }
        self.log.written(&self.connection);
    }

    fn transact(&self, batch: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
        let run = |statement| -> Result<(), StoreError> {
            let done = self.connection.prepare_cached(statement).and_then(|mut s| s.execute([]));
            done.map(drop).map_err(|error| self.trouble.of_all(&error))
        };
        run("BEGIN IMMEDIATE")?;
        let full = self.reserve.is_tight().then(|| self.trouble.full());
        for job in batch {
            if let Some(full) = full.as_ref().filter(|_| job.room() == Room::Takes) {
                job.refuse(full.clone());
                continue;
            }
            if job.undo() == Undo::WithAll {
                if let Err(failed) = job.run(&self.connection) {
                    job.refuse(self.alone(failed)?);
                }
                continue;
            }
            run("SAVEPOINT job")?;
            if let Err(failed) = job.run(&self.connection) {
                job.refuse(self.alone(failed)?);
                run("ROLLBACK TO job")?;
            }
            run("RELEASE job")?;
        }
        let finished = self.desk.lock().finish(&self.connection);
        finished.map_err(|error| self.trouble.of_all(&error))?;
        #[cfg(test)]
        super::tests::crash::point("begun");
        let done = self.connection.prepare_cached("COMMIT").and_then(|mut s| s.execute([]));
        done.map_err(|error| self.trouble.of_commit(&error))?;
        if !self.reserve.is_tight() {
            self.trouble.is_over();
        }
        Ok(())
    }

    /// Tells a failure of one job from one of the whole transaction, which is `Err`.
    fn alone(&self, failed: Failed) -> Result<StoreError, StoreError> {
        let error = match failed {
            Failed::Refused(why) => return Ok(why),
            Failed::Sqlite(error) => error,
        };
        // SQLite itself may have given the transaction up.
        let is_over = self.connection.is_autocommit() || self.desk.lock().is_torn();
        if is_over || self.trouble.concerns_all(&error) {
            return Err(self.trouble.of_all(&error));
        }
        Ok(self.trouble.unusable(&error))
    }
}
