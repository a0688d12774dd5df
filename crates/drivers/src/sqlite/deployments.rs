//! Deployments in SQL.

use rusqlite::{Connection, OptionalExtension, params};
use store::deployments::KEPT_REVISIONS;
use store::{AuditLine, Deployment, DeploymentChange, DeploymentStore, Pending, StoreError};

use super::Sqlite;
use super::audit::{millis, note, timestamp};
use super::job::Failed;

impl DeploymentStore for Sqlite {
    fn deployments(&self) -> Pending<'_, Vec<Deployment>> {
        self.read(all)
    }

    fn change_deployment(&self, change: DeploymentChange, line: AuditLine) -> Pending<'_, ()> {
        self.write(move |connection| {
            match &change {
                DeploymentChange::Deploy(next) => deploy(connection, next)?,
                DeploymentChange::Destroy { name, revision } => {
                    destroy(connection, name, *revision)?;
                }
            }
            note(connection, &line)
        })
    }
}

fn latest(connection: &Connection, name: &str) -> Result<i64, Failed> {
    let mut select = connection.prepare_cached(
        "SELECT revision FROM deployment WHERE name = ? ORDER BY revision DESC LIMIT 1",
    )?;
    Ok(select.query_row(params![name], |row| row.get(0)).optional()?.unwrap_or_default())
}

fn deploy(connection: &Connection, next: &Deployment) -> Result<(), Failed> {
    let Deployment { name, revision, bundle, source, inputs, at, by, reason } = next;
    let number = number(*revision);
    if number != latest(connection, name)? + 1 {
        return Err(taken(name, *revision));
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO deployment (name, revision, bundle, source, inputs, at, actor, reason)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    insert.execute(params![name, number, bundle, source, inputs, millis(*at), by, reason])?;
    let mut forget =
        connection.prepare_cached("DELETE FROM deployment WHERE name = ? AND revision <= ?")?;
    forget.execute(params![name, number - self::number(KEPT_REVISIONS)])?;
    Ok(())
}

fn destroy(connection: &Connection, name: &str, revision: u64) -> Result<(), Failed> {
    if revision == 0 || number(revision) != latest(connection, name)? {
        return Err(taken(name, revision));
    }
    connection.prepare_cached("DELETE FROM deployment WHERE name = ?")?.execute(params![name])?;
    Ok(())
}

fn taken(name: &str, revision: u64) -> Failed {
    let value = format!("{name} {revision}");
    Failed::Refused(StoreError::Taken { what: "revision", value })
}

fn number(revision: u64) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}

fn all(connection: &Connection) -> Result<Vec<Deployment>, Failed> {
    let mut select = connection.prepare_cached(
        "SELECT name, revision, bundle, source, inputs, at, actor, reason FROM deployment
         ORDER BY name, revision DESC",
    )?;
    let rows = select.query_map([], |row| {
        Ok(Deployment {
            name: row.get(0)?,
            revision: u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default(),
            bundle: row.get(2)?,
            source: row.get(3)?,
            inputs: row.get(4)?,
            at: timestamp(row.get(5)?),
            by: row.get(6)?,
            reason: row.get(7)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
