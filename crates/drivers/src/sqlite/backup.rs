//! Copies of the whole store, made while it is in use, and what is known of one before it is trusted.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use store::{Pending, StoreError};
use tokio::sync::oneshot;

use super::trouble::Trouble;
use super::{Sqlite, schema};

/// Copies that are being made. The log must not wait for them to end before it is moved.
#[derive(Debug, Clone, Default)]
pub(super) struct Copies(Arc<AtomicUsize>);

impl Copies {
    pub(super) fn are_made(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }

    fn begin(&self) -> Copying {
        self.0.fetch_add(1, Ordering::SeqCst);
        Copying(self.clone())
    }
}

struct Copying(Copies);

impl Drop for Copying {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Sqlite {
    /// A thread of its own reads the state of one moment; changes go on meanwhile.
    pub(super) fn copy_to(&self, to: PathBuf) -> Pending<'_, u64> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let (store, copying) = (self.path.clone(), self.copies.begin());
            let failed = Trouble::of(&to);
            let thread = std::thread::Builder::new().name("store-backup".to_owned());
            let spawned = thread.spawn(move || {
                let copied = copy(&store, &to).map(|bytes| Unclaimed { to, bytes: Some(bytes) });
                drop(copying);
                // Whoever asked may have gone, and the copy goes then.
                let _ = reply.send(copied);
            });
            spawned.map_err(|error| failed.unusable(&format!("no thread: {error}")))?;
            Ok(answer.await.map_err(|_| StoreError::Closed)??.claim())
        })
    }
}

/// A copy that nobody has been told of yet. Without anybody to tell it is removed, for it is as large as the
/// store and nobody else knows its name.
struct Unclaimed {
    to: PathBuf,
    bytes: Option<u64>,
}

impl Unclaimed {
    /// Its size. From now on the file is somebody's.
    fn claim(mut self) -> u64 {
        self.bytes.take().unwrap_or_default()
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        if self.bytes.is_some() {
            let _ = std::fs::remove_file(&self.to);
        }
    }
}

/// Writes the state of a store, which is its file and the log beside it, to a new file of its own. Gives
/// its bytes. What is read stays as it is. Blocks.
pub fn copy(store: &Path, to: &Path) -> Result<u64, StoreError> {
    let failed = Trouble::of(to);
    let unwritable = |error: std::io::Error| failed.unusable(&error);
    let new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
    let new = new.map_err(unwritable)?;
    let copied = written(store, to, &failed);
    if copied.is_err() {
        // What is there of it is of no use.
        let _ = std::fs::remove_file(to);
    }
    copied?;
    new.sync_all().map_err(unwritable)?;
    let folder = to.parent().unwrap_or(Path::new("/"));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritable)?;
    new.metadata().map(|file| file.len()).map_err(unwritable)
}

fn written(store: &Path, to: &Path, failed: &Trouble) -> Result<(), StoreError> {
    let place = to.to_str().ok_or_else(|| failed.unusable(&"its name is not UTF-8"))?;
    let connection = reading(store, &Trouble::of(store))?;
    let done = connection.execute("VACUUM INTO ?1", [place]);
    done.map(drop).map_err(|error| failed.meaning(&error))
}

/// Moves the log of a store that nobody has open into its file, so that the file alone is all of it. Blocks.
pub fn complete(store: &Path) -> Result<(), StoreError> {
    let trouble = Trouble::of(store);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(store, flags);
    let moved = connection.and_then(|connection| {
        // One that cannot be read keeps its log as it is.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
    });
    let is_busy: bool = moved.map_err(|error| trouble.meaning(&error))?;
    if is_busy { Err(trouble.unusable(&"somebody has it open")) } else { Ok(()) }
}

fn reading(store: &Path, trouble: &Trouble) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(store, flags).map_err(|error| trouble.meaning(&error))
}

/// What a sound copy of a store is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sound {
    pub layout: u32,
    pub bytes: u64,
}

/// Reads all of a file that should be a copy of a store, and of the log beside it, and changes nothing.
/// Blocks.
pub fn check(copy: &Path) -> Result<Sound, StoreError> {
    let trouble = Trouble::of(copy);
    let bytes = std::fs::metadata(copy).map_err(|error| trouble.unusable(&error))?.len();
    let connection = reading(copy, &trouble)?;
    schema::recognize(&connection, &trouble)?;
    let layout = schema::layout(&connection, &trouble)?;
    if layout == 0 {
        return Err(trouble.foreign());
    }
    let found =
        connection.pragma_query_value(None, "integrity_check", |row| row.get::<_, String>(0));
    match found {
        Ok(text) if text == "ok" => Ok(Sound { layout, bytes }),
        Ok(damage) => Err(trouble.damaged(&damage)),
        Err(error) => Err(trouble.meaning(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_nobody_waits_for_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("copy");
        let made = || {
            std::fs::write(&to, "copy").unwrap();
            Unclaimed { to: to.clone(), bytes: Some(4) }
        };
        let (reply, answer) = oneshot::channel();
        let _ = reply.send(made());
        // Sent, and never read.
        drop(answer);
        assert!(!to.exists());
        let (reply, answer) = oneshot::channel();
        drop(answer);
        let _ = reply.send(made());
        assert!(!to.exists());
        assert_eq!(made().claim(), 4);
        assert!(to.exists());
    }
}
