//! API keys in SQL.

use std::collections::BTreeMap;

use model::{ApiKey, ApiKeyId, ApiKeyName, Digest, KeyValue, Origin, UsagePlanName};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use store::{ApiKeyStore, AuditLine, KeyChange, Pending, StoreError};

use super::Sqlite;
use super::audit::{millis, note, timestamp};
use super::job::Failed;

impl ApiKeyStore for Sqlite {
    fn api_keys(&self) -> Pending<'_, Vec<ApiKey>> {
        self.read(all)
    }

    fn change_api_keys(&self, changes: Vec<(KeyChange, AuditLine)>) -> Pending<'_, ()> {
        self.write(move |connection| {
            for (change, line) in &changes {
                match change {
                    KeyChange::Keep(key) => keep(connection, key)?,
                    KeyChange::Forget(id) => forget(connection, id)?,
                }
                note(connection, line)?;
            }
            Ok(())
        })
    }
}

fn forget(connection: &Connection, id: &ApiKeyId) -> Result<(), Failed> {
    connection.prepare_cached("DELETE FROM api_key WHERE id = ?")?.execute([id.as_str()])?;
    Ok(())
}

fn keep(connection: &Connection, key: &ApiKey) -> Result<(), Failed> {
    refuse_taken(connection, key)?;
    let id = key.id.as_str();
    let mut insert = connection.prepare_cached(
        "INSERT INTO api_key (id, name, origin, enabled, expires, created, updated)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE SET name = ?2, origin = ?3, enabled = ?4, expires = ?5,
                                        created = ?6, updated = ?7",
    )?;
    insert.execute(params![
        id,
        key.name.as_str(),
        origin_text(key.origin),
        key.enabled,
        key.expires.map(millis),
        millis(key.created),
        millis(key.updated),
    ])?;
    for table in ["api_key_plan", "api_key_value"] {
        connection.prepare_cached(&format!("DELETE FROM {table} WHERE key = ?"))?.execute([id])?;
    }
    for (position, plan) in (0_i64..).zip(&key.plans) {
        let mut insert =
            connection.prepare_cached("INSERT INTO api_key_plan VALUES (?1, ?2, ?3)")?;
        insert.execute(params![id, position, plan.as_str()])?;
    }
    for (position, value) in (0_i64..).zip(&key.values) {
        let mut insert = connection.prepare_cached(
            "INSERT INTO api_key_value (digest, key, position, prefix, since, until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        insert.execute(params![
            value.digest.0,
            id,
            position,
            value.prefix,
            millis(value.since),
            value.until.map(millis),
        ])?;
    }
    Ok(())
}

/// Named before SQLite would refuse it without saying which.
fn refuse_taken(connection: &Connection, key: &ApiKey) -> Result<(), Failed> {
    let mut named =
        connection.prepare_cached("SELECT 1 FROM api_key WHERE name = ?1 AND id <> ?2")?;
    if named.exists(params![key.name.as_str(), key.id.as_str()])? {
        let value = key.name.to_string();
        return Err(Failed::Refused(StoreError::Taken { what: "key name", value }));
    }
    let mut valued =
        connection.prepare_cached("SELECT 1 FROM api_key_value WHERE digest = ?1 AND key <> ?2")?;
    for value in &key.values {
        let taken = valued.query_row(params![value.digest.0, key.id.as_str()], |_| Ok(()));
        if taken.optional()?.is_some() {
            let value = format!("{}...", value.prefix);
            return Err(Failed::Refused(StoreError::Taken { what: "key value", value }));
        }
    }
    Ok(())
}

fn all(connection: &Connection) -> Result<Vec<ApiKey>, Failed> {
    let mut plans =
        by_key(connection, "SELECT key, plan FROM api_key_plan ORDER BY key, position", |row| {
            let plan: String = row.get(1)?;
            UsagePlanName::parse(&plan).map_err(|problem| unreadable(1, Type::Text, problem))
        })?;
    let mut values = by_key(
        connection,
        "SELECT key, digest, prefix, since, until FROM api_key_value ORDER BY key, position",
        |row| {
            Ok(KeyValue {
                digest: Digest(row.get(1)?),
                prefix: row.get(2)?,
                since: timestamp(row.get(3)?),
                until: row.get::<_, Option<i64>>(4)?.map(timestamp),
            })
        },
    )?;
    let mut select = connection.prepare_cached(
        "SELECT id, name, origin, enabled, expires, created, updated FROM api_key ORDER BY name",
    )?;
    let rows = select.query_map([], |row| {
        let id: String = row.get(0)?;
        let name: String = row.get(1)?;
        Ok(ApiKey {
            plans: plans.remove(&id).unwrap_or_default(),
            values: values.remove(&id).unwrap_or_default(),
            id: ApiKeyId::known(&id),
            name: ApiKeyName::parse(&name).map_err(|e| unreadable(1, Type::Text, e))?,
            origin: origin(&row.get::<_, String>(2)?),
            enabled: row.get(3)?,
            expires: row.get::<_, Option<i64>>(4)?.map(timestamp),
            created: timestamp(row.get(5)?),
            updated: timestamp(row.get(6)?),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What belongs to each key; the first column names it.
fn by_key<T>(
    connection: &Connection,
    sql: &str,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<BTreeMap<String, Vec<T>>, Failed> {
    let mut all: BTreeMap<String, Vec<T>> = BTreeMap::new();
    let mut select = connection.prepare_cached(sql)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        all.entry(row.get(0)?).or_default().push(read(row)?);
    }
    Ok(all)
}

pub(super) fn unreadable(
    column: usize,
    kind: Type,
    problem: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(problem))
}

pub(super) fn origin_text(origin: Origin) -> &'static str {
    match origin {
        Origin::Manifest => "manifest",
        Origin::Operator => "operator",
    }
}

pub(super) fn origin(text: &str) -> Origin {
    if text == "manifest" { Origin::Manifest } else { Origin::Operator }
}
