//! The store in one SQLite file. A single thread writes, another syncs what it has written, many waiting
//! changes at once; a third reads; a fourth moves the write-ahead log into the file, so that no commit
//! waits for that.

mod api_keys;
mod audit;
pub mod backup;
mod checkpoint;
mod deployments;
mod events;
mod invocations;
mod job;
mod messages;
mod open;
mod publications;
mod reader;
mod reserve;
mod resources;
mod schema;
mod sync;
mod trouble;
mod usage;
mod writer;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use rusqlite::Connection;
use store::{Pending, Store, StoreError};
use tokio::sync::{mpsc, oneshot};

use backup::Copies;
use job::{Asked, Failed, Job, Room, Told, Undo};
use messages::SharedDesk;
use reserve::Reserve;
use trouble::Trouble;

/// Where the store is, and how large it may become.
#[derive(Debug, Clone)]
pub struct Options {
    pub path: PathBuf,
    /// Nothing is accepted that would make the file larger; without it, the disk is the bound.
    pub most_bytes: Option<u64>,
}

/// Changes that wait for the writer, and questions for the reader. Who comes later waits to ask.
const AHEAD: usize = 4096;

/// An open store. Dropping it lets changes that are under way end.
pub struct Sqlite {
    writes: Option<mpsc::Sender<Box<dyn Job>>>,
    reads: Option<mpsc::Sender<Box<dyn Job>>>,
    threads: Vec<JoinHandle<()>>,
    trouble: Arc<Trouble>,
    desk: Arc<SharedDesk>,
    path: PathBuf,
    copies: Copies,
}

impl Sqlite {
    /// Opens the file, creates it if there is none, and brings it to the layout of this version.
    /// Blocks for as long as that takes.
    pub fn open(options: &Options) -> Result<Self, StoreError> {
        let trouble = Arc::new(Trouble::of(&options.path));
        let connection = open::for_writing(options, &trouble)?;
        let reading = open::for_reading(options, &trouble)?;
        let copying = open::for_checkpoints(options, &trouble)?;
        let (writes, to_write) = mpsc::channel(AHEAD);
        let (reads, to_read) = mpsc::channel(AHEAD);
        let copies = Copies::default();
        let page_size = open::page_size(&copying, &trouble)?;
        let (log, checkpoints) = checkpoint::start(copying, page_size, copies.clone())
            .map_err(|error| trouble.unusable(&format!("no thread: {error}")))?;
        let spawned = |thread: std::io::Result<JoinHandle<()>>| {
            thread.map_err(|error| trouble.unusable(&format!("no thread: {error}")))
        };
        let desk = SharedDesk::shared();
        let (synced, syncs) = sync::start(&options.path, Arc::clone(&trouble))
            .map_err(|error| trouble.unusable(&format!("no thread: {error}")))?;
        let writing = writer::Writer {
            connection,
            log,
            synced,
            reserve: Reserve::beside(&options.path),
            trouble: Arc::clone(&trouble),
            desk: Arc::clone(&desk),
        };
        let writer = spawned(writing.start(to_write))?;
        let reader = spawned(reader::start(reading, to_read, Arc::clone(&trouble)))?;
        let threads = vec![writer, syncs, reader, checkpoints];
        Ok(Self {
            writes: Some(writes),
            reads: Some(reads),
            threads,
            trouble,
            desk,
            path: options.path.clone(),
            copies,
        })
    }

    /// Does `work` in a transaction; `Ok` says that its changes are on the disk.
    fn write<T, W>(&self, work: W) -> Pending<'_, T>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, Failed> + Send + 'static,
    {
        ask(self.writes.as_ref(), work, (Told::Synced, Undo::Alone, Room::Takes))
    }

    /// As [`Self::write`], also while there is nothing left but the reserve.
    fn write_in_need<T, W>(&self, work: W) -> Pending<'_, T>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, Failed> + Send + 'static,
    {
        ask(self.writes.as_ref(), work, (Told::Synced, Undo::Alone, Room::Makes))
    }

    /// Does `work` on the state that all acknowledged changes have made.
    fn read<T, W>(&self, work: W) -> Pending<'_, T>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, Failed> + Send + 'static,
    {
        ask(self.reads.as_ref(), work, (Told::Written, Undo::Alone, Room::Makes))
    }
}

fn ask<T, W>(
    jobs: Option<&mpsc::Sender<Box<dyn Job>>>,
    work: W,
    how: (Told, Undo, Room),
) -> Pending<'_, T>
where
    T: Send + 'static,
    W: FnOnce(&Connection) -> Result<T, Failed> + Send + 'static,
{
    Box::pin(async move {
        let (reply, answer) = oneshot::channel();
        let jobs = jobs.ok_or(StoreError::Closed)?;
        let job: Box<dyn Job> = Box::new(Asked::new(work, reply, how));
        jobs.send(job).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    })
}

impl Store for Sqlite {
    fn trouble(&self) -> Option<StoreError> {
        self.trouble.now()
    }

    fn back_up(&self, to: PathBuf) -> Pending<'_, u64> {
        self.copy_to(to)
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        // The threads end when nobody can ask any more; the writer ends the checkpoints.
        self.writes = None;
        self.reads = None;
        for thread in self.threads.drain(..) {
            // A panic in it was printed when it happened.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("trouble", &self.trouble).finish_non_exhaustive()
    }
}
