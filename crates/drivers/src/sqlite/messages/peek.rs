//! Looks at a queue without changing it.

use model::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use store::{Number, Peeked, QueueId, Standing, StoreError, Tally};

use super::live::Live;
use super::rows;
use crate::sqlite::audit::timestamp;
use crate::sqlite::job::Failed;

pub(super) fn tally(
    live: &mut Live,
    connection: &Connection,
    now: Timestamp,
) -> Result<Tally, Failed> {
    live.order.release(now);
    live.flush(connection)?;
    let mut select = connection.prepare_cached(
        "SELECT coalesce(came, sent) FROM message WHERE key >= ?1 AND key < ?2
         ORDER BY key LIMIT 1",
    )?;
    let bounds = [live.floor, live.next].map(|number| rows::key(live.kept.id, number));
    let oldest = select.query_row(bounds, |row| row.get(0)).optional()?;
    let (in_flight, delayed) = (live.order.in_flight() as u64, live.order.delayed() as u64);
    let visible = live.stored.saturating_sub(in_flight + delayed);
    Ok(Tally { visible, in_flight, delayed, oldest: oldest.map(timestamp) })
}

pub(super) fn peek(
    connection: &Connection,
    queue: QueueId,
    from: Number,
    most: usize,
    now: Timestamp,
) -> Result<Vec<Peeked>, Failed> {
    let mut bounds = connection
        .prepare_cached("SELECT floor, next FROM queue WHERE id = ? AND name IS NOT NULL")?;
    let found = bounds.query_row([queue.0], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)));
    let (floor, next): (i64, i64) =
        found.optional()?.ok_or(Failed::Refused(StoreError::NoQueue))?;
    let first = rows::key(queue, from.max(floor.cast_unsigned()));
    let end = rows::key(queue, next.cast_unsigned());
    let mut select = connection.prepare_cached(
        "SELECT message.key, count, until, id, sent, message_group, body, extras, md5
         FROM message LEFT JOIN claim
         ON claim.key = (SELECT max(key) FROM claim WHERE key <= message.key)
         AND claim.key + length > message.key
         WHERE message.key >= ?1 AND message.key < ?2 ORDER BY message.key LIMIT ?3",
    )?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = select.query_map(params![first, end, most], |row| peeked(row, now))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn peeked(row: &Row<'_>, now: Timestamp) -> rusqlite::Result<Peeked> {
    let count = row.get::<_, Option<u32>>(1)?.unwrap_or_default();
    let until = row.get::<_, Option<i64>>(2)?.map(timestamp).filter(|until| *until > now);
    let standing = match until {
        None => Standing::Visible,
        Some(until) if count > 0 => Standing::InFlight { until },
        Some(until) => Standing::Delayed { until },
    };
    let (number, message) = (rows::number(row.get(0)?), rows::message(row, 3)?);
    Ok(Peeked { number, count, standing, message })
}
