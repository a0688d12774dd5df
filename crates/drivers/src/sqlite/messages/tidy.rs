//! Deletes what is no longer needed, a little at a time and without searching for it.

use model::Timestamp;
use rusqlite::{Connection, params};
use store::{QueueId, REMEMBERED, Tidied};

use super::desk::Desk;
use super::live::Live;
use super::rows;
use crate::sqlite::audit::millis;
use crate::sqlite::job::Failed;

pub(super) fn tidy(
    desk: &mut Desk,
    connection: &Connection,
    sent_before: &[(QueueId, Timestamp)],
    now: Timestamp,
    most: usize,
) -> Result<Tidied, Failed> {
    let mut tidied = Tidied::default();
    for (queue, before) in sent_before {
        let Some(live) = desk.find(*queue) else { continue };
        let expired = expire(live, connection, *before, most)?;
        tidied.expired += expired as u64;
        tidied.more |= expired >= most;
    }
    tidied.more |= forget_copies(connection, now, most)? >= most;
    if desk.has_trash {
        desk.has_trash = empty(connection, most)?;
        tidied.more |= desk.has_trash;
    }
    Ok(tidied)
}

/// Those that came when they were sent lie in the order of their sending; those that were moved here
/// have an index.
fn expire(
    live: &mut Live,
    connection: &Connection,
    before: Timestamp,
    most: usize,
) -> Result<usize, Failed> {
    live.flush(connection)?;
    let mut old = Vec::new();
    let mut first = connection.prepare_cached(
        "SELECT key, sent, message_group FROM message
         WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3",
    )?;
    let [from, to] = [live.floor, live.next].map(|number| rows::key(live.kept.id, number));
    let before = millis(before);
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let mut found = first.query(params![from, to, limit])?;
    while let Some(row) = found.next()?
        && row.get::<_, i64>(1)? < before
    {
        old.push((rows::number(row.get(0)?), row.get::<_, Option<Box<str>>>(2)?));
    }
    let mut moved = connection.prepare_cached(
        "SELECT key, message_group FROM message
         WHERE came IS NOT NULL AND key >> 40 = ?1 AND sent < ?2 ORDER BY sent LIMIT ?3",
    )?;
    let mut found = moved.query(params![live.kept.id.0, before, limit])?;
    while let Some(row) = found.next()? {
        let number = rows::number(row.get(0)?);
        if number >= live.floor && !old.iter().any(|(known, _)| *known == number) {
            old.push((number, row.get(1)?));
        }
    }
    old.truncate(most);
    for (number, group) in &old {
        live.remove(connection, *number, group.as_deref())?;
    }
    Ok(old.len())
}

fn forget_copies(connection: &Connection, now: Timestamp, most: usize) -> Result<usize, Failed> {
    let ended = millis(now) - i64::try_from(REMEMBERED.as_millis()).unwrap_or(i64::MAX);
    let mut delete = connection.prepare_cached(
        "DELETE FROM deduplication WHERE (queue, digest) IN
         (SELECT queue, digest FROM deduplication WHERE at <= ?1 ORDER BY at LIMIT ?2)",
    )?;
    Ok(delete.execute(params![ended, i64::try_from(most).unwrap_or(i64::MAX)])?)
}

/// What purges and dropped queues left; tells whether there may be more.
fn empty(connection: &Connection, most: usize) -> Result<bool, Failed> {
    let mut select = connection.prepare_cached(
        "SELECT id, name IS NULL, floor FROM queue WHERE floor > 1 OR name IS NULL",
    )?;
    let queues: Vec<(u32, bool, i64)> = select
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (id, is_dropped, floor) in queues {
        let below = 0..floor.cast_unsigned();
        if rows::delete_range(connection, QueueId(id), &below, most)? > 0 {
            return Ok(true);
        }
        if is_dropped {
            connection
                .prepare_cached("DELETE FROM deduplication WHERE queue = ?")?
                .execute([id])?;
            connection.prepare_cached("DELETE FROM queue WHERE id = ?")?.execute([id])?;
        }
    }
    Ok(false)
}
