//! Resources in SQL: their settings are text, which only this project reads.

use model::{Kept, Resource, ResourceId};
use rusqlite::types::Type;
use rusqlite::{Connection, params};
use store::{AuditLine, KeptChange, Pending, ResourceStore, StoreError};

use super::Sqlite;
use super::api_keys::{origin, origin_text, unreadable};
use super::audit::{millis, note, timestamp};
use super::job::Failed;

impl ResourceStore for Sqlite {
    fn resources(&self) -> Pending<'_, Vec<Kept>> {
        self.read(all)
    }

    fn change_resources(&self, changes: Vec<(KeptChange, AuditLine)>) -> Pending<'_, ()> {
        let forgets =
            |(change, _): &(KeptChange, AuditLine)| matches!(change, KeptChange::Forget { .. });
        let only_forgets = changes.iter().all(forgets);
        let work = move |connection: &Connection| make(connection, &changes);
        if only_forgets { self.write_in_need(work) } else { self.write(work) }
    }
}

fn make(connection: &Connection, changes: &[(KeptChange, AuditLine)]) -> Result<(), Failed> {
    for (change, line) in changes {
        match change {
            KeptChange::Keep(kept) => keep(connection, kept)?,
            KeptChange::Forget { id, revision } => forget(connection, id, *revision)?,
        }
        note(connection, line)?;
    }
    Ok(())
}

fn keep(connection: &Connection, kept: &Kept) -> Result<(), Failed> {
    let id = kept.resource.id();
    let settings = serde_json::to_string(&kept.resource)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let sql = match kept.revision {
        1 => {
            "INSERT INTO resource (kind, name, settings, origin, revision, created, updated)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (kind, name) DO NOTHING"
        }
        _ => {
            "UPDATE resource SET settings = ?3, origin = ?4, revision = ?5, created = ?6, updated = ?7
             WHERE kind = ?1 AND name = ?2 AND revision = ?5 - 1"
        }
    };
    let changed = connection.prepare_cached(sql)?.execute(params![
        id.kind.as_str(),
        &*id.name,
        settings,
        origin_text(kept.origin),
        number(kept.revision),
        millis(kept.created),
        millis(kept.updated),
    ])?;
    expect_one(changed, id)
}

fn forget(connection: &Connection, id: &ResourceId, revision: u64) -> Result<(), Failed> {
    let mut delete = connection
        .prepare_cached("DELETE FROM resource WHERE kind = ?1 AND name = ?2 AND revision = ?3")?;
    let changed = delete.execute(params![id.kind.as_str(), &*id.name, number(revision)])?;
    expect_one(changed, id.clone())
}

fn expect_one(changed: usize, id: ResourceId) -> Result<(), Failed> {
    if changed == 1 { Ok(()) } else { Err(Failed::Refused(StoreError::Outdated(id))) }
}

fn number(revision: u64) -> i64 {
    i64::try_from(revision).unwrap_or(i64::MAX)
}

fn all(connection: &Connection) -> Result<Vec<Kept>, Failed> {
    let mut select = connection
        .prepare_cached("SELECT settings, origin, revision, created, updated FROM resource")?;
    let rows = select.query_map([], |row| {
        let settings: String = row.get(0)?;
        let resource: Resource =
            serde_json::from_str(&settings).map_err(|e| unreadable(0, Type::Text, e))?;
        Ok(Kept {
            resource,
            origin: origin(&row.get::<_, String>(1)?),
            revision: u64::try_from(row.get::<_, i64>(2)?).unwrap_or_default(),
            created: timestamp(row.get(3)?),
            updated: timestamp(row.get(4)?),
        })
    })?;
    let mut all: Vec<Kept> = rows.collect::<rusqlite::Result<_>>()?;
    all.sort_by_key(|kept| kept.resource.id());
    Ok(all)
}
