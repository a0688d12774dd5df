//! Schedules in a SQLite file that several processes share.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension};

use super::{ScheduleStore, StoreError, parse};
use crate::username::Username;
use crate::week::Schedule;

/// Longer than any other process holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

pub struct SqliteStore {
    connection: Connection,
}

impl SqliteStore {
    /// Creates the file if it is not there; its folder must exist.
    pub fn open(file: &Path) -> Result<Self, StoreError> {
        // SQLite refuses, without waiting, to change the journal mode while another process opens
        // the file: one process at a time.
        let turn = File::create(file.with_extension("lock"))?;
        turn.lock()?;
        let connection = Connection::open(file)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        create(&connection)?;
        Ok(Self { connection })
    }
}

/// With a write-ahead log, readers go on while one process writes.
fn create(connection: &Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.execute_batch(
        "create table if not exists schedules (
             username text primary key,
             schedule text not null
         ) strict, without rowid",
    )?;
    Ok(())
}

impl ScheduleStore for SqliteStore {
    fn keep(&mut self, username: &Username, schedule: Schedule) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "insert into schedules (username, schedule) values (?1, ?2)
             on conflict (username) do update set schedule = excluded.schedule",
        )?;
        statement.execute([username.as_str(), &schedule.to_string()])?;
        Ok(())
    }

    /// All names are looked up in one snapshot.
    fn find(&mut self, usernames: &[Username]) -> Result<Vec<Option<Schedule>>, StoreError> {
        let snapshot = self.connection.transaction()?;
        let mut statement =
            snapshot.prepare_cached("select schedule from schedules where username = ?1")?;
        let mut found = Vec::with_capacity(usernames.len());
        for username in usernames {
            let text: Option<String> =
                statement.query_row([username.as_str()], |row| row.get(0)).optional()?;
            found.push(text.map(|text| parse(username, &text)).transpose()?);
        }
        Ok(found)
    }
}
