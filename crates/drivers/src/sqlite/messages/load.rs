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

/// Who is gone of those that were claimed together is told by the messages themselves.
fn touch(connection: &Connection, live: &mut Live) -> Result<(), Failed> {
    let mut select = connection.prepare(
        "SELECT key, until, count, first, length FROM claim
         WHERE key >= ?1 AND key < ?2 ORDER BY key",
    )?;
    let (from, to) = (rows::key(live.kept.id, live.floor), rows::key(live.kept.id, live.next));
    let mut found = select.query(params![from, to])?;
    while let Some(row) = found.next()? {
        let (key, length) = (row.get(0)?, row.get::<_, i64>(4)?.cast_unsigned());
        let touched = Touched {
            until: Some(timestamp(row.get(1)?)).filter(|until| *until != Timestamp(0)),
            count: row.get(2)?,
            first: timestamp(row.get(3)?),
            group: None,
        };
        let present = rows::present(connection, key, length)?;
        if length > 1 {
            let first = rows::number(key);
            live.runs.add(&(first..first + length), present.len() as u64);
        }
        for (number, group) in present {
            let group = group.filter(|_| live.is_fifo()).map(Arc::from);
            live.order.touch(number, Touched { group, ..touched.clone() });
        }
    }
    Ok(())
}
