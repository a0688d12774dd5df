//! Events on their way, in SQL: a target's settings are text, which only this project reads.

use bytes::Bytes;
use model::{Arn, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};
use store::{EventStore, OutgoingEvent, Pending, ScheduleMark};

use super::Sqlite;
use super::api_keys::unreadable;
use super::audit::{millis, timestamp};
use super::job::Failed;

impl EventStore for Sqlite {
    fn schedule_marks(&self) -> Pending<'_, Vec<ScheduleMark>> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT schedule, timetable, since, passed FROM schedule_mark ORDER BY schedule",
            )?;
            let rows = select.query_map([], mark)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    fn put_out(&self, marks: Vec<ScheduleMark>, events: Vec<OutgoingEvent>) -> Pending<'_, ()> {
        self.write(move |connection| {
            for mark in &marks {
                set(connection, mark)?;
            }
            for event in &events {
                put_out(connection, event)?;
            }
            Ok(())
        })
    }

    fn forget_schedules(&self, schedules: Vec<Arn>) -> Pending<'_, ()> {
        self.write_in_need(move |connection| {
            let mut delete =
                connection.prepare_cached("DELETE FROM schedule_mark WHERE schedule = ?1")?;
            for schedule in &schedules {
                delete.execute([schedule.as_str()])?;
            }
            Ok(())
        })
    }

    fn outgoing_events(&self) -> Pending<'_, Vec<OutgoingEvent>> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT id, source, target, event, born, next, attempts FROM outgoing_event
                 ORDER BY next, id",
            )?;
            let rows = select.query_map([], event)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    fn postpone_event(&self, id: String, attempts: u32, next: Timestamp) -> Pending<'_, ()> {
        self.write_in_need(move |connection| {
            let mut update = connection.prepare_cached(
                "UPDATE outgoing_event SET attempts = ?2, next = ?3 WHERE id = ?1",
            )?;
            update.execute(params![id, attempts, millis(next)])?;
            Ok(())
        })
    }

    fn settle_events(&self, ids: Vec<String>) -> Pending<'_, ()> {
        self.write_in_need(move |connection| {
            let mut delete =
                connection.prepare_cached("DELETE FROM outgoing_event WHERE id = ?1")?;
            for id in &ids {
                delete.execute([id])?;
            }
            Ok(())
        })
    }
}

fn set(connection: &Connection, mark: &ScheduleMark) -> Result<(), Failed> {
    let mut insert = connection.prepare_cached(
        "INSERT OR REPLACE INTO schedule_mark (schedule, timetable, since, passed)
         VALUES (?1, ?2, ?3, ?4)",
    )?;
    let (since, passed) = (millis(mark.since), millis(mark.passed));
    insert.execute(params![mark.schedule.as_str(), mark.timetable, since, passed])?;
    Ok(())
}

fn put_out(connection: &Connection, event: &OutgoingEvent) -> Result<(), Failed> {
    let target = serde_json::to_string(&event.target)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO outgoing_event (id, source, target, event, born, next, attempts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING",
    )?;
    insert.execute(params![
        event.id,
        event.source.as_str(),
        target,
        &event.event[..],
        millis(event.born),
        millis(event.next),
        event.attempts,
    ])?;
    Ok(())
}

fn mark(row: &Row<'_>) -> rusqlite::Result<ScheduleMark> {
    Ok(ScheduleMark {
        schedule: arn(row, 0)?,
        timetable: row.get(1)?,
        since: timestamp(row.get(2)?),
        passed: timestamp(row.get(3)?),
    })
}

fn event(row: &Row<'_>) -> rusqlite::Result<OutgoingEvent> {
    let target: String = row.get(2)?;
    Ok(OutgoingEvent {
        id: row.get(0)?,
        source: arn(row, 1)?,
        target: serde_json::from_str(&target).map_err(|e| unreadable(2, Type::Text, e))?,
        event: Bytes::from(row.get::<_, Vec<u8>>(3)?),
        born: timestamp(row.get(4)?),
        next: timestamp(row.get(5)?),
        attempts: row.get(6)?,
    })
}

pub(super) fn arn(row: &Row<'_>, column: usize) -> rusqlite::Result<Arn> {
    let text: String = row.get(column)?;
    Arn::parse(&text).ok_or_else(|| unreadable(column, Type::Text, NotAnArn))
}

#[derive(Debug, thiserror::Error)]
#[error("not an ARN")]
struct NotAnArn;
