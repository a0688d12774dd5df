//! Usage in SQL.

use model::{ApiKeyId, Day, UsagePlanName};
use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};
use store::{AuditLine, Pending, UsageQuery, UsageRow, UsageStore};

use super::job::Failed;
use super::{Sqlite, audit};

impl UsageStore for Sqlite {
    fn note_usage(&self, rows: Vec<UsageRow>) -> Pending<'_, ()> {
        self.write(move |connection| {
            for row in &rows {
                note(connection, row)?;
            }
            Ok(())
        })
    }

    fn grant_usage(
        &self,
        key: ApiKeyId,
        plan: UsagePlanName,
        day: Day,
        requests: u64,
        line: AuditLine,
    ) -> Pending<'_, ()> {
        self.write(move |connection| {
            let mut insert = connection.prepare_cached(
                "INSERT INTO usage (day, plan, key, admitted, granted) VALUES (?1, ?2, ?3, 0, ?4)
                 ON CONFLICT (day, plan, key) DO UPDATE SET granted = granted + ?4",
            )?;
            let requests = i64::try_from(requests).unwrap_or(i64::MAX);
            insert.execute(params![day.to_string(), plan.as_str(), key.as_str(), requests])?;
            audit::note(connection, &line)
        })
    }

    fn usage(&self, query: UsageQuery) -> Pending<'_, Vec<UsageRow>> {
        self.read(move |connection| find(connection, &query))
    }
}

fn note(connection: &Connection, row: &UsageRow) -> Result<(), Failed> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO usage (day, plan, key, admitted, granted) VALUES (?1, ?2, ?3, ?4, 0)
         ON CONFLICT (day, plan, key) DO UPDATE SET admitted = max(admitted, ?4)",
    )?;
    let admitted = i64::try_from(row.admitted).unwrap_or(i64::MAX);
    let (day, plan, key) = (row.day.to_string(), row.plan.as_str(), row.key.as_str());
    insert.execute(params![day, plan, key, admitted])?;
    Ok(())
}

fn find(connection: &Connection, query: &UsageQuery) -> Result<Vec<UsageRow>, Failed> {
    let mut select = connection.prepare_cached(
        "SELECT day, plan, key, admitted, granted FROM usage
         WHERE day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR plan = ?3) AND (?4 IS NULL OR key = ?4)
         ORDER BY day, plan, key",
    )?;
    let plan = query.plan.as_ref().map(UsagePlanName::as_str);
    let key = query.key.as_ref().map(ApiKeyId::as_str);
    let (from, to) = (bounded(query.from).to_string(), bounded(query.to).to_string());
    let rows = select.query_map(params![from, to, plan, key], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Days are compared as text, which holds for years of four digits.
fn bounded(day: Day) -> Day {
    let (first, last) = (Day::of(0, 1, 1), Day::of(9999, 12, 31));
    day.clamp(first.unwrap_or_default(), last.unwrap_or_default())
}

fn read(row: &Row<'_>) -> rusqlite::Result<UsageRow> {
    let (day, plan, key): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let unreadable =
        |column, problem| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, problem);
    Ok(UsageRow {
        day: day.parse().map_err(|problem| unreadable(0, Box::from(problem)))?,
        plan: UsagePlanName::parse(&plan).map_err(|problem| unreadable(1, Box::from(problem)))?,
        key: ApiKeyId::known(&key),
        admitted: row.get::<_, i64>(3).map(i64::unsigned_abs)?,
        granted: row.get::<_, i64>(4).map(i64::unsigned_abs)?,
    })
}
