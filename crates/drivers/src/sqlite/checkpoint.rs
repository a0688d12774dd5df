//! Moves the write-ahead log into the file on a thread of its own: a commit appends to the log and
//! never waits for pages that others have changed.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use super::backup::Copies;

/// From so many bytes on, the log is moved.
const MUCH: i64 = 4 << 20;
/// From so many on the log begins anew, since under unbroken load it would grow for ever. The writer does
/// that, once little is left to be moved. Everybody waits meanwhile, for as long as two syncs take, so that
/// it must be rare.
const TOO_MUCH: i64 = 192 << 20;
/// Then the writer moves whatever is left.
const MOST: i64 = 512 << 20;

/// The writer's end. When it goes, the thread ends.
pub(super) struct Log {
    length: Arc<AtomicI64>,
    page_size: i64,
    moved: Arc<Moved>,
    move_it: SyncSender<()>,
    copies: Copies,
}

/// How many of the log's bytes are in the file. Whoever moves some holds it: a second one would sleep.
type Moved = Mutex<i64>;

pub(super) fn start(
    connection: Connection,
    page_size: i64,
    copies: Copies,
) -> std::io::Result<(Log, JoinHandle<()>)> {
    let (move_it, asked) = sync_channel(1);
    let moved = Arc::<Moved>::default();
    let log = Log { length: Arc::default(), page_size, moved: Arc::clone(&moved), move_it, copies };
    let thread = std::thread::Builder::new().name("store-log".to_owned()).spawn(move || {
        while asked.recv().is_ok() {
            // To move the log syncs it.
            #[cfg(test)]
            if !super::tests::power::is_synced() {
                continue;
            }
            let mut moved = moved.lock().unwrap_or_else(PoisonError::into_inner);
            *moved = checkpoint(&connection, "PASSIVE") * page_size;
        }
    })?;
    Ok((log, thread))
}

impl Log {
    /// Follows the log's length on the connection that writes it.
    pub(super) fn watch(&self, connection: &mut Connection) {
        let (length, page_size) = (Arc::clone(&self.length), self.page_size);
        let hook = move |_: &mut Wal, pages: i32| {
            length.store(i64::from(pages) * page_size, Ordering::Relaxed);
            Ok(())
        };
        // Fails only where a hook cannot be set at all; the log then still ends with the store.
        let _ = connection.wal_hook(Some(hook));
    }

    /// After each transaction.
    pub(super) fn written(&self, connection: &Connection) {
        let length = self.length.load(Ordering::Relaxed);
        // A copy that is being made holds the log's beginning; nobody waits for its end.
        if length >= TOO_MUCH && !self.copies.are_made() && self.begins_anew(connection, length) {
            return;
        }
        if length >= MUCH {
            // One that is asked for already will do.
            let _ = self.move_it.try_send(());
        }
    }

    /// Whether the log begins anew, or will as soon as the other thread is done with it.
    fn begins_anew(&self, connection: &Connection, length: i64) -> bool {
        let mut moved = if length >= MOST {
            self.moved.lock().unwrap_or_else(PoisonError::into_inner)
        } else {
            match self.moved.try_lock() {
                Ok(moved) if length - *moved < MUCH => moved,
                Ok(_) => return false,
                Err(_) => return true,
            }
        };
        checkpoint(connection, "RESTART");
        *moved = 0;
        true
    }
}

/// Gives how many of the log's pages are in the file now.
fn checkpoint(connection: &Connection, mode: &str) -> i64 {
    let statement = format!("PRAGMA wal_checkpoint({mode})");
    match connection.query_row(&statement, [], |row| row.get(2)) {
        Ok(moved) => moved,
        Err(error) => {
            // Its failure costs space and no change: the log keeps what could not be moved.
            tracing::warn!(%error, "the store's log was not moved into its file");
            0
        }
    }
}
