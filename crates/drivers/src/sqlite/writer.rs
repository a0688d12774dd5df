//! The one thread that writes. Everything that waits when a transaction begins is part of it, so
//! that one sync of the disk acknowledges many changes.

use std::sync::Arc;
use std::thread::JoinHandle;

use rusqlite::Connection;
use store::StoreError;
use tokio::sync::mpsc;

use super::checkpoint::Log;
use super::job::{Failed, Job};
use super::trouble::Trouble;

/// Bounds how long the first of them waits for the last.
const MOST_TOGETHER: usize = 1024;

struct Writer {
    connection: Connection,
    log: Log,
    trouble: Arc<Trouble>,
}

pub(super) fn start(
    mut connection: Connection,
    mut jobs: mpsc::Receiver<Box<dyn Job>>,
    log: Log,
    trouble: Arc<Trouble>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
        log.watch(&mut connection);
        let writer = Writer { connection, log, trouble };
        let mut batch = Vec::new();
        while jobs.blocking_recv_many(&mut batch, MOST_TOGETHER) > 0 {
            writer.commit(&mut batch);
        }
    })
}

impl Writer {
    fn commit(&self, batch: &mut Vec<Box<dyn Job>>) {
        let committed = match self.trouble.lasting() {
            Some(lasting) => Err(lasting),
            None => self.transact(batch),
        };
        if committed.is_err() && !self.connection.is_autocommit() {
            // What cannot be undone was never committed either.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        for job in batch.drain(..) {
            job.tell(committed.clone());
        }
        self.log.written(&self.connection);
    }

    fn transact(&self, batch: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
        let run = |statement| -> Result<(), StoreError> {
            let done = self.connection.prepare_cached(statement).and_then(|mut s| s.execute([]));
            done.map(drop).map_err(|error| self.trouble.of_all(&error))
        };
        run("BEGIN IMMEDIATE")?;
        for job in batch {
            run("SAVEPOINT job")?;
            if let Err(failed) = job.run(&self.connection) {
                job.refuse(self.alone(failed)?);
                run("ROLLBACK TO job")?;
            }
            run("RELEASE job")?;
        }
        let done = self.connection.prepare_cached("COMMIT").and_then(|mut s| s.execute([]));
        done.map_err(|error| self.trouble.of_commit(&error))?;
        self.trouble.is_over();
        Ok(())
    }

    /// Tells a failure of one job from one of the whole transaction, which is `Err`.
    fn alone(&self, failed: Failed) -> Result<StoreError, StoreError> {
        let error = match failed {
            Failed::Refused(why) => return Ok(why),
            Failed::Sqlite(error) => error,
        };
        // SQLite itself may have given the transaction up.
        if self.connection.is_autocommit() || self.trouble.concerns_all(&error) {
            return Err(self.trouble.of_all(&error));
        }
        Ok(self.trouble.unusable(&error))
    }
}
