//! A message comes to a queue.

use rusqlite::{Connection, OptionalExtension, params};
use store::{Deduplication, MessageId, Placed, Put};

use super::live::Live;
use super::order::Touched;
use super::rows;
use crate::sqlite::audit::{millis, timestamp};
use crate::sqlite::job::Failed;

pub(super) fn place(live: &mut Live, connection: &Connection, put: Put) -> Result<Placed, Failed> {
    let Put { message, until, deduplication, claimed, came } = put;
    if let Some(asked) = &deduplication
        && let Some(placed) = copied(live, connection, asked)?
    {
        return Ok(placed);
    }
    let number = live.count_in();
    let key = rows::key(live.kept.id, number);
    rows::insert(connection, key, &message, came)?;
    let placed = Placed { id: message.id, number, is_copy: false };
    if let Some(asked) = deduplication {
        remember(live, connection, &asked, placed)?;
    }
    if until.is_some() || claimed.is_some() {
        let (count, first) = claimed.unwrap_or_default();
        let group = if live.is_fifo() { message.group.as_deref().map(Into::into) } else { None };
        let touched = Touched { until, count, first, group };
        rows::write_claim(connection, key, &touched, 1)?;
        live.order.touch(number, touched);
    }
    live.welcome(number, message);
    Ok(placed)
}

/// The message that this would be a copy of.
fn copied(
    live: &Live,
    connection: &Connection,
    asked: &Deduplication,
) -> Result<Option<Placed>, Failed> {
    let mut select = connection.prepare_cached(
        "SELECT at, number, id FROM deduplication WHERE queue = ?1 AND digest = ?2",
    )?;
    let found = select.query_row(params![live.kept.id.0, asked.digest], |row| {
        let number = row.get::<_, i64>(1)?.cast_unsigned();
        let placed = Placed { id: MessageId(row.get(2)?), number, is_copy: true };
        Ok((timestamp(row.get(0)?), placed))
    });
    let remembered = found.optional()?.filter(|(at, _)| *at > asked.since);
    Ok(remembered.map(|(_, placed)| placed))
}

fn remember(
    live: &Live,
    connection: &Connection,
    asked: &Deduplication,
    placed: Placed,
) -> Result<(), Failed> {
    let mut replace = connection.prepare_cached(
        "REPLACE INTO deduplication (queue, digest, at, number, id) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let number = placed.number.cast_signed();
    replace.execute(params![
        live.kept.id.0,
        asked.digest,
        millis(asked.at),
        number,
        placed.id.0
    ])?;
    Ok(())
}
