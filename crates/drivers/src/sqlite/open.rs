//! Opens the file, as each of the threads needs it.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use store::StoreError;

use super::Options;
use super::schema;
use super::trouble::Trouble;

/// How long somebody else's tool may hold the file before a change fails.
const PATIENCE: Duration = Duration::from_secs(5);
/// A file up to this size is read through once before it is trusted.
const CHECKED_UP_TO: u64 = 16 << 20;
const STATEMENTS: usize = 64;
/// Of a new file, in bytes; an older one keeps its own. A page of messages is written to the log and to the
/// file whole, each time with two system calls, so that SQLite's 4 KiB, three messages, cost more of both.
const PAGE: u32 = 16 << 10;

pub(super) fn for_writing(options: &Options, trouble: &Trouble) -> Result<Connection, StoreError> {
    create(&options.path).map_err(|error| trouble.unusable(&error))?;
    let connection = connect(&options.path, trouble)?;
    let set = |text: &str| connection.execute_batch(text).map_err(|e| trouble.meaning(&e));
    set(&format!("PRAGMA page_size = {PAGE}"))?;
    schema::recognize(&connection, trouble)?;
    // SQLite syncs the log before it moves it, and `sync` after each commit and before anybody is told.
    set("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;")?;
    check(&connection, &options.path, trouble)?;
    schema::migrate(&connection, trouble)?;
    if let Some(most) = options.most_bytes {
        let page = page_size(&connection, trouble)?.unsigned_abs();
        set(&format!("PRAGMA max_page_count = {}", (most / page.max(1)).max(1)))?;
    }
    Ok(connection)
}

pub(super) fn for_reading(options: &Options, trouble: &Trouble) -> Result<Connection, StoreError> {
    let connection = connect(&options.path, trouble)?;
    connection.execute_batch("PRAGMA query_only = ON").map_err(|error| trouble.meaning(&error))?;
    Ok(connection)
}

pub(super) fn for_checkpoints(
    options: &Options,
    trouble: &Trouble,
) -> Result<Connection, StoreError> {
    let connection = connect(&options.path, trouble)?;
    let set = connection.execute_batch("PRAGMA synchronous = FULL");
    set.map_err(|error| trouble.meaning(&error))?;
    Ok(connection)
}

pub(super) fn page_size(connection: &Connection, trouble: &Trouble) -> Result<i64, StoreError> {
    let said = connection.pragma_query_value(None, "page_size", |row| row.get(0));
    said.map_err(|error| trouble.meaning(&error))
}

/// Nobody else reads what callers' keys leave, and the file is in its folder for good.
fn create(path: &Path) -> std::io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(_) => File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all(),
    }
}

fn connect(path: &Path, trouble: &Trouble) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connected = Connection::open_with_flags(path, flags);
    let connection = connected.map_err(|error| trouble.meaning(&error))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let ready = connection
        .busy_timeout(PATIENCE)
        .and_then(|()| connection.execute_batch("PRAGMA foreign_keys = ON"));
    ready.map_err(|error| trouble.meaning(&error))?;
    Ok(connection)
}

fn check(connection: &Connection, path: &Path, trouble: &Trouble) -> Result<(), StoreError> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() > CHECKED_UP_TO) {
        return Ok(());
    }
    let found = connection.pragma_query_value(None, "quick_check", |row| row.get::<_, String>(0));
    match found {
        Ok(text) if text == "ok" => Ok(()),
        Ok(damage) => Err(trouble.damaged(&damage)),
        Err(error) => Err(trouble.meaning(&error)),
    }
}
