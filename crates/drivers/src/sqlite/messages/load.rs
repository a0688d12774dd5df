//! Reads what the writer's thread must know of the queues: not their messages, but those of them that
//! were touched.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{QueueName, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};
use store::{Discipline, KeptQueue, QueueId};

use super::live::Live;
use super::order::Touched;
use super::rows;
use crate::sqlite::audit::timestamp;
use crate::sqlite::job::Failed;

pub(super) fn all(connection: &Connection) -> Result<BTreeMap<QueueId, Live>, Failed> {
    let mut select = connection.prepare_cached(
        "SELECT id, name, fifo, secret, floor, next, stored FROM queue WHERE name IS NOT NULL",
    )?;
    let lives = select.query_map([], live)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut all = BTreeMap::new();
    for mut live in lives {
        touch(connection, &mut live)?;
        all.insert(live.kept.id, live);
    }
    Ok(all)
}

fn live(row: &Row<'_>) -> rusqlite::Result<Live> {
    let name: String = row.get(1)?;
    let name = QueueName::parse(&name).map_err(|problem| {
        rusqlite::Error::FromSqlConversionFailure(1, Type::Text, Box::new(problem))
    })?;
    let is_fifo: bool = row.get(2)?;
    let discipline = if is_fifo { Discipline::Fifo } else { Discipline::Standard };
    let kept = KeptQueue { id: QueueId(row.get(0)?), name, discipline, secret: row.get(3)? };
    let count = |at| row.get::<_, i64>(at).map(i64::cast_unsigned);
    Ok(Live::new(kept, count(4)?, count(5)?, count(6)?))
}

fn touch(connection: &Connection, live: &mut Live) -> Result<(), Failed> {
    let group = if live.is_fifo() {
        "(SELECT message_group FROM message WHERE message.key = claim.key)"
    } else {
        "NULL"
    };
    let mut select = connection.prepare(&format!(
        "SELECT key, until, count, first, {group} FROM claim
         WHERE key >= ?1 AND key < ?2 ORDER BY key",
    ))?;
    let (from, to) = (rows::key(live.kept.id, live.floor), rows::key(live.kept.id, live.next));
    let mut found = select.query(params![from, to])?;
    while let Some(row) = found.next()? {
        let group: Option<Arc<str>> = row.get(4)?;
        let touched = Touched {
            until: Some(timestamp(row.get(1)?)).filter(|until| *until != Timestamp(0)),
            count: row.get(2)?,
            first: timestamp(row.get(3)?),
            group,
        };
        live.order.touch(rows::number(row.get(0)?), touched);
    }
    Ok(())
}
