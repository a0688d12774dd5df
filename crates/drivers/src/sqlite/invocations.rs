//! Asynchronous invocations in SQL.

use std::collections::BTreeSet;

use model::{FunctionName, Qualifier, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use store::{Backlog, Due, InvocationStore, KeptInvocation, Pending, Progress};

use super::Sqlite;
use super::audit::{millis, timestamp};
use super::job::Failed;

impl InvocationStore for Sqlite {
    fn keep_invocation(&self, invocation: KeptInvocation) -> Pending<'_, u64> {
        self.write(move |connection| keep(connection, &invocation))
    }

    fn due_invocations(
        &self,
        function: FunctionName,
        now: Timestamp,
        under_way: BTreeSet<u64>,
        most: usize,
    ) -> Pending<'_, Due> {
        self.read(move |connection| due(connection, &function, now, &under_way, most))
    }

    fn postpone_invocation(&self, number: u64, progress: Progress) -> Pending<'_, ()> {
        self.write_in_need(move |connection| {
            let mut update = connection.prepare_cached(
                "UPDATE invocation SET due = ?2, runs = ?3, refusals = ?4, owed = ?5
                 WHERE number = ?1",
            )?;
            let Progress { due, runs, refusals, owed } = &progress;
            update.execute(params![signed(number), millis(*due), runs, refusals, owed])?;
            Ok(())
        })
    }

    fn forget_invocation(&self, number: u64) -> Pending<'_, ()> {
        self.write_in_need(move |connection| {
            let mut delete =
                connection.prepare_cached("DELETE FROM invocation WHERE number = ?1")?;
            delete.execute([signed(number)])?;
            Ok(())
        })
    }

    fn backlogs(&self) -> Pending<'_, Vec<Backlog>> {
        self.read(backlogs)
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn keep(connection: &Connection, invocation: &KeptInvocation) -> Result<u64, Failed> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO invocation (request_id, function, qualifier, client, trace, accepted, due,
                                 runs, refusals, owed, event)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    let progress = &invocation.progress;
    let number = insert.insert(params![
        invocation.request_id,
        invocation.function.as_str(),
        invocation.qualifier.to_string(),
        invocation.client,
        invocation.trace,
        millis(invocation.accepted),
        millis(progress.due),
        progress.runs,
        progress.refusals,
        progress.owed,
        invocation.event,
    ])?;
    Ok(number.unsigned_abs())
}

/// Finds numbers in the index first, so that the events of those under way are not read.
fn due(
    connection: &Connection,
    function: &FunctionName,
    now: Timestamp,
    under_way: &BTreeSet<u64>,
    most: usize,
) -> Result<Due, Failed> {
    let mut numbers = connection.prepare_cached(
        "SELECT number FROM invocation WHERE function = ?1 AND due <= ?2 ORDER BY due, number",
    )?;
    let mut found = numbers.query(params![function.as_str(), millis(now)])?;
    let mut all = Vec::new();
    while all.len() < most
        && let Some(row) = found.next()?
    {
        let number: i64 = row.get(0)?;
        if !under_way.contains(&number.unsigned_abs()) {
            all.push(number);
        }
    }
    let mut select = connection.prepare_cached(
        "SELECT number, request_id, function, qualifier, client, trace, accepted, due, runs,
                refusals, owed, event
         FROM invocation WHERE number = ?1",
    )?;
    let now_due = all.iter().map(|number| select.query_row([number], read));
    Ok(Due {
        now: now_due.collect::<rusqlite::Result<_>>()?,
        next: next(connection, function, now, under_way)?,
    })
}

fn next(
    connection: &Connection,
    function: &FunctionName,
    now: Timestamp,
    under_way: &BTreeSet<u64>,
) -> Result<Option<Timestamp>, Failed> {
    let mut later = connection.prepare_cached(
        "SELECT number, due FROM invocation WHERE function = ?1 AND due > ?2 ORDER BY due, number",
    )?;
    let mut found = later.query(params![function.as_str(), millis(now)])?;
    while let Some(row) = found.next()? {
        let number: i64 = row.get(0)?;
        if !under_way.contains(&number.unsigned_abs()) {
            return Ok(Some(timestamp(row.get(1)?)));
        }
    }
    Ok(None)
}

fn read(row: &Row<'_>) -> rusqlite::Result<KeptInvocation> {
    Ok(KeptInvocation {
        number: row.get::<_, i64>(0)?.unsigned_abs(),
        request_id: row.get(1)?,
        function: function(row, 2)?,
        qualifier: qualifier(row, 3)?,
        client: row.get(4)?,
        trace: row.get(5)?,
        accepted: timestamp(row.get(6)?),
        progress: Progress {
            due: timestamp(row.get(7)?),
            runs: row.get(8)?,
            refusals: row.get(9)?,
            owed: row.get(10)?,
        },
        event: row.get(11)?,
    })
}

fn function(row: &Row<'_>, column: usize) -> rusqlite::Result<FunctionName> {
    let text: String = row.get(column)?;
    FunctionName::parse(&text).map_err(|problem| unreadable(column, Box::from(problem)))
}

fn qualifier(row: &Row<'_>, column: usize) -> rusqlite::Result<Qualifier> {
    let text: String = row.get(column)?;
    let missing = || unreadable(column, Box::from(format!("`{text}` is not a qualifier")));
    Qualifier::parse(&text).ok_or_else(missing)
}

fn unreadable(column: usize, problem: Box<dyn std::error::Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, problem)
}

/// Skips from function to function: each is one step in the index, however many wait.
fn backlogs(connection: &Connection) -> Result<Vec<Backlog>, Failed> {
    let mut following = connection.prepare_cached(
        "SELECT function FROM invocation WHERE function > ?1 ORDER BY function LIMIT 1",
    )?;
    let mut count = connection
        .prepare_cached("SELECT count(*), min(accepted) FROM invocation WHERE function = ?1")?;
    let (mut all, mut after) = (Vec::new(), String::new());
    while let Some(name) = following.query_row([&after], |row| function(row, 0)).optional()? {
        let (count, oldest) =
            count.query_row([name.as_str()], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
        name.as_str().clone_into(&mut after);
        all.push(Backlog {
            function: name,
            count: count.unsigned_abs(),
            oldest: timestamp(oldest),
        });
    }
    Ok(all)
}
