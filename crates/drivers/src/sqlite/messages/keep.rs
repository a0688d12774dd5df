//! Makes and drops queues.

use model::QueueName;
use rusqlite::{Connection, params};
use store::{Discipline, KeptQueue, QueueId, StoreError};

use super::desk::Desk;
use super::live::Live;
use super::rows;
use crate::sqlite::job::Failed;

/// What SQLite says when ids have run out.
const EXHAUSTED: &str =
    "eight million queues were made in this store, which is all that it can tell";

pub(super) fn make(
    desk: &mut Desk,
    connection: &Connection,
    name: QueueName,
    discipline: Discipline,
    secret: [u8; 16],
) -> Result<KeptQueue, Failed> {
    if let Some(kept) = desk.named(name.as_str()) {
        return Ok(kept.clone());
    }
    let mut last = connection
        .prepare_cached("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'queue'")?;
    let last: i64 = last.query_row([], |row| row.get(0))?;
    let Some(id) = u32::try_from(last + 1).ok().filter(|id| *id < rows::MOST_QUEUES) else {
        let place = name.to_string();
        return Err(Failed::Refused(StoreError::Unusable { place, reason: EXHAUSTED.to_owned() }));
    };
    let mut insert = connection.prepare_cached(
        "INSERT INTO queue (id, name, fifo, secret, floor, next, stored) VALUES (?1, ?2, ?3, ?4, 1, 1, 0)",
    )?;
    insert.execute(params![id, name.as_str(), discipline == Discipline::Fifo, secret])?;
    let kept = KeptQueue { id: QueueId(id), name, discipline, secret };
    desk.insert(Live::new(kept.clone(), 1, 1, 0));
    Ok(kept)
}

/// Its rows stay until they are tidied away.
pub(super) fn drop_queue(
    desk: &mut Desk,
    connection: &Connection,
    queue: QueueId,
) -> Result<(), Failed> {
    let live = desk.remove(queue).ok_or(Failed::Refused(StoreError::NoQueue))?;
    desk.has_trash = true;
    let mut update = connection.prepare_cached(
        "UPDATE queue SET name = NULL, floor = ?2, next = ?2, stored = 0 WHERE id = ?1",
    )?;
    update.execute(params![queue.0, live.next.cast_signed()])?;
    Ok(())
}
