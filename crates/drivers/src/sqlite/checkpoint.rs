//! Moves the write-ahead log into the file on a thread of its own: a commit appends to the log and
//! never waits for pages that others have changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::backup::Copies;

/// From so many pages on, the log is moved.
const PAGES: i32 = 1_000;
/// From so many on the writer helps, since under unbroken load the log would grow for ever: 64 MB.
const MOST_PAGES: i32 = 16_000;

/// The writer's end. When it goes, the thread ends.
pub(super) struct Log {
    pages: Arc<AtomicI32>,
    move_it: SyncSender<()>,
    copies: Copies,
}

pub(super) fn start(
    connection: Connection,
    copies: Copies,
) -> std::io::Result<(Log, JoinHandle<()>)> {
    let (move_it, asked) = sync_channel(1);
    let thread = std::thread::Builder::new().name("store-log".to_owned()).spawn(move || {
        while asked.recv().is_ok() {
            checkpoint(&connection, "PASSIVE");
        }
    })?;
    Ok((Log { pages: Arc::default(), move_it, copies }, thread))
}

impl Log {
    /// Follows the log's length on the connection that writes it.
    pub(super) fn watch(&self, connection: &mut Connection) {
        let pages = Arc::clone(&self.pages);
        let hook = move |_: &mut Wal, length: i32| {
            pages.store(length, Ordering::Relaxed);
            Ok(())
        };
        // Fails only where a hook cannot be set at all; the log then still ends with the store.
        let _ = connection.wal_hook(Some(hook));
    }

    /// After each transaction.
    pub(super) fn written(&self, connection: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        // A copy that is being made holds the log's beginning; nobody waits for its end.
        if pages >= MOST_PAGES && !self.copies.are_made() {
            checkpoint(connection, "RESTART");
        } else if pages >= PAGES {
            // One that is asked for already will do.
            let _ = self.move_it.try_send(());
        }
    }
}

fn checkpoint(connection: &Connection, mode: &str) {
    let statement = format!("PRAGMA wal_checkpoint({mode})");
    // Its failure costs space and no change: the log keeps what could not be moved.
    if let Err(error) = connection.query_row(&statement, [], |_| Ok(())) {
        tracing::warn!(%error, "the store's log was not moved into its file");
    }
}
