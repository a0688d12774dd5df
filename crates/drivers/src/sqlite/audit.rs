//! The audit log in SQL.

use model::Timestamp;
use rusqlite::{Connection, params};
use store::{AuditLine, AuditQuery, AuditStore, Pending};

use super::Sqlite;
use super::job::Failed;

impl AuditStore for Sqlite {
    fn note(&self, line: AuditLine) -> Pending<'_, ()> {
        self.write_in_need(move |connection| note(connection, &line))
    }

    fn audit(&self, query: AuditQuery) -> Pending<'_, Vec<AuditLine>> {
        self.read(move |connection| latest(connection, &query))
    }
}

pub(super) fn note(connection: &Connection, line: &AuditLine) -> Result<(), Failed> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)",
    )?;
    let AuditLine { at, actor, action, subject, detail } = line;
    insert.execute(params![millis(*at), actor, action, subject, detail])?;
    Ok(())
}

fn latest(connection: &Connection, query: &AuditQuery) -> Result<Vec<AuditLine>, Failed> {
    let most = match query.most {
        0 => -1,
        most => i64::try_from(most).unwrap_or(-1),
    };
    let mut select = connection.prepare_cached(
        "SELECT at, actor, action, subject, detail FROM audit
         WHERE ?1 IS NULL OR subject = ?1 ORDER BY number DESC LIMIT ?2",
    )?;
    let rows = select.query_map(params![query.subject, most], |row| {
        Ok(AuditLine {
            at: timestamp(row.get(0)?),
            actor: row.get(1)?,
            action: row.get(2)?,
            subject: row.get(3)?,
            detail: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn millis(at: Timestamp) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

pub(super) fn timestamp(millis: i64) -> Timestamp {
    Timestamp(u64::try_from(millis).unwrap_or_default())
}
