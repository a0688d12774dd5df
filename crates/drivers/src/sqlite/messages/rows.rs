//! The rows of messages and what is known of them. A row's key is its queue's id and its number.

use std::ops::Range;

use model::Timestamp;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, params};
use store::{Message, MessageId, Number, QueueId};

use super::live::Live;
use super::order::Touched;
use crate::sqlite::audit::{millis, timestamp};
use crate::sqlite::job::Failed;

/// The bits of a key that are the number.
const NUMBER_BITS: u32 = 40;
/// Keys are not negative.
pub(super) const MOST_QUEUES: u32 = 1 << (63 - NUMBER_BITS);

pub(super) fn key(queue: QueueId, number: Number) -> i64 {
    i64::from(queue.0) << NUMBER_BITS | number.cast_signed()
}

pub(super) fn number(key: i64) -> Number {
    key.cast_unsigned() & ((1 << NUMBER_BITS) - 1)
}

pub(super) fn write_counts(connection: &Connection, live: &Live) -> rusqlite::Result<()> {
    let mut update = connection
        .prepare_cached("UPDATE queue SET floor = ?2, next = ?3, stored = ?4 WHERE id = ?1")?;
    let counts = [live.floor, live.next, live.stored].map(u64::cast_signed);
    update.execute(params![live.kept.id.0, counts[0], counts[1], counts[2]]).map(drop)
}

pub(super) fn insert(
    connection: &Connection,
    key: i64,
    message: &Message,
    came: Option<Timestamp>,
) -> Result<(), Failed> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO message (key, id, sent, came, message_group, body, extras, md5)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    let Message { id, sent, group, body, extras, md5 } = message;
    insert.execute(params![
        key,
        id.0,
        millis(*sent),
        came.map(millis),
        group.as_deref(),
        &**body,
        extras.as_deref(),
        md5,
    ])?;
    Ok(())
}

/// Of the columns `id, sent, message_group, body, extras, md5` from `at` on.
pub(super) fn message(row: &Row<'_>, at: usize) -> rusqlite::Result<Message> {
    Ok(Message {
        id: MessageId(row.get(at)?),
        sent: timestamp(row.get(at + 1)?),
        group: row.get(at + 2)?,
        body: row.get(at + 3)?,
        extras: row.get(at + 4)?,
        md5: row.get(at + 5)?,
    })
}

pub(super) fn find(connection: &Connection, key: i64) -> Result<Option<Message>, Failed> {
    let mut select = connection.prepare_cached(
        "SELECT id, sent, message_group, body, extras, md5 FROM message WHERE key = ?",
    )?;
    Ok(select.query_row([key], |row| message(row, 0)).optional()?)
}

/// When it was sent, and its group.
pub(super) fn sent(
    connection: &Connection,
    key: i64,
) -> Result<Option<(Timestamp, Box<str>)>, Failed> {
    let mut select = connection
        .prepare_cached("SELECT sent, coalesce(message_group, '') FROM message WHERE key = ?")?;
    let found = select.query_row([key], |row| Ok((timestamp(row.get(0)?), row.get(1)?)));
    Ok(found.optional()?)
}

/// The messages that came after this, by number, the last one first: when each was sent, and its
/// group.
pub(super) fn came_since(
    connection: &Connection,
    queue: QueueId,
    range: &Range<Number>,
    since: Timestamp,
) -> Result<Vec<(Number, Timestamp, Box<str>)>, Failed> {
    let (from, to) = bounds(queue, range);
    let mut select = connection.prepare_cached(
        "SELECT key, sent, coalesce(message_group, ''), coalesce(came, sent) FROM message
         WHERE key >= ?1 AND key < ?2 ORDER BY key DESC",
    )?;
    let mut rows = select.query([from, to])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()?
        && timestamp(row.get(3)?) > since
    {
        found.push((number(row.get(0)?), timestamp(row.get(1)?), row.get(2)?));
    }
    Ok(found)
}

pub(super) fn exists(connection: &Connection, key: i64) -> Result<bool, Failed> {
    let mut select = connection.prepare_cached("SELECT 1 FROM message WHERE key = ?")?;
    Ok(select.exists([key])?)
}

fn bounds(queue: QueueId, range: &Range<Number>) -> (i64, i64) {
    (key(queue, range.start), key(queue, range.end))
}

/// Gives messages by number, `most` of them; tells how many.
pub(super) fn read(
    connection: &Connection,
    queue: QueueId,
    range: Range<Number>,
    most: usize,
    mut give: impl FnMut(Number, Message),
) -> Result<usize, Failed> {
    let mut select = connection.prepare_cached(
        "SELECT key, id, sent, message_group, body, extras, md5 FROM message
         WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3",
    )?;
    let found = each(&mut select, queue, &range, most, |row| {
        give(number(row.get(0)?), message(row, 1)?);
        Ok(())
    });
    Ok(found?)
}

pub(super) fn read_groups(
    connection: &Connection,
    queue: QueueId,
    range: Range<Number>,
    most: usize,
    mut give: impl FnMut(Number, &str),
) -> Result<usize, Failed> {
    let mut select = connection.prepare_cached(
        "SELECT key, coalesce(message_group, '') FROM message
         WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3",
    )?;
    let found = each(&mut select, queue, &range, most, |row| {
        give(number(row.get(0)?), row.get_ref(1)?.as_str()?);
        Ok(())
    });
    Ok(found?)
}

fn each(
    select: &mut CachedStatement<'_>,
    queue: QueueId,
    range: &Range<Number>,
    most: usize,
    mut give: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<usize> {
    let (from, to) = bounds(queue, range);
    let mut rows = select.query(params![from, to, i64::try_from(most).unwrap_or(i64::MAX)])?;
    let mut found = 0;
    while let Some(row) = rows.next()? {
        give(row)?;
        found += 1;
    }
    Ok(found)
}

/// How messages stand that were claimed or delayed, `length` of them from `key` on; 0 is visible.
pub(super) fn write_claim(
    connection: &Connection,
    key: i64,
    touched: &Touched,
    length: u64,
) -> Result<(), Failed> {
    let mut replace = connection.prepare_cached(
        "REPLACE INTO claim (key, until, count, first, length) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let until = touched.until.map_or(0, millis);
    let length = length.cast_signed();
    replace.execute(params![key, until, touched.count, millis(touched.first), length])?;
    Ok(())
}

pub(super) fn delete_claim(connection: &Connection, key: i64) -> Result<(), Failed> {
    connection.prepare_cached("DELETE FROM claim WHERE key = ?")?.execute([key])?;
    Ok(())
}

pub(super) fn delete(
    connection: &Connection,
    queue: QueueId,
    range: &Range<Number>,
) -> rusqlite::Result<()> {
    let (from, to) = bounds(queue, range);
    let mut delete =
        connection.prepare_cached("DELETE FROM message WHERE key >= ?1 AND key < ?2")?;
    delete.execute([from, to]).map(drop)
}

/// The messages of a stretch that are there, with their groups.
pub(super) fn present(
    connection: &Connection,
    from: i64,
    length: u64,
) -> rusqlite::Result<Vec<(Number, Option<Box<str>>)>> {
    let mut select = connection.prepare_cached(
        "SELECT key, message_group FROM message WHERE key >= ?1 AND key < ?2 ORDER BY key",
    )?;
    let rows = select.query_map([from, from.saturating_add_unsigned(length)], |row| {
        Ok((number(row.get(0)?), row.get(1)?))
    })?;
    rows.collect()
}

/// Deletes rows that no queue counts any more; tells how many.
pub(super) fn delete_range(
    connection: &Connection,
    queue: QueueId,
    range: &Range<Number>,
    most: usize,
) -> Result<usize, Failed> {
    let (from, to) = bounds(queue, range);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut deleted = 0;
    for table in ["message", "claim"] {
        let mut delete = connection.prepare_cached(&format!(
            "DELETE FROM {table} WHERE key IN
             (SELECT key FROM {table} WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3)",
        ))?;
        deleted += delete.execute(params![from, to, most])?;
    }
    Ok(deleted)
}
