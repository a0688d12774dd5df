//! What topics accepted, in SQL. A message is kept once, however many deliveries it has.

use bytes::Bytes;
use model::{Arn, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use store::{
    AcceptedId, DeliveryNumber, DeliveryOrder, DeliveryOutcome, KeptDelivery, Pending, Publication,
    PublicationStore,
};

use super::Sqlite;
use super::api_keys::unreadable;
use super::audit::{millis, timestamp};
use super::events::arn;
use super::job::Failed;

impl PublicationStore for Sqlite {
    fn keep_publications(
        &self,
        publications: Vec<Publication>,
        accepted: Vec<AcceptedId>,
    ) -> Pending<'_, ()> {
        self.write(move |connection| {
            for publication in &publications {
                keep(connection, publication)?;
            }
            for id in &accepted {
                accept(connection, id)?;
            }
            Ok(())
        })
    }

    fn awaiting_subscriptions(&self) -> Pending<'_, Vec<Arn>> {
        self.read(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT DISTINCT subscription FROM delivery ORDER BY subscription",
            )?;
            let rows = select.query_map([], |row| arn(row, 0))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    fn deliveries(
        &self,
        subscription: Arn,
        order: DeliveryOrder,
        most: usize,
    ) -> Pending<'_, Vec<KeptDelivery>> {
        let order = match order {
            DeliveryOrder::ByDue => "delivery.due, delivery.number",
            DeliveryOrder::ByNumber => "delivery.number",
        };
        self.read(move |connection| {
            let mut select = connection.prepare_cached(&format!(
                "SELECT delivery.number, topic, message, attempts, due
                 FROM delivery JOIN publication ON publication.number = delivery.publication
                 WHERE subscription = ?1 ORDER BY {order} LIMIT ?2"
            ))?;
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = select.query_map(params![subscription.as_str(), most], delivery)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    fn settle_deliveries(
        &self,
        outcomes: Vec<(DeliveryNumber, DeliveryOutcome)>,
    ) -> Pending<'_, ()> {
        self.write_in_need(move |connection| {
            for (number, outcome) in &outcomes {
                let number = row_of(*number);
                match outcome {
                    DeliveryOutcome::Settled => settle(connection, number)?,
                    DeliveryOutcome::Again { attempts, due } => {
                        let mut update = connection.prepare_cached(
                            "UPDATE delivery SET attempts = ?2, due = ?3 WHERE number = ?1",
                        )?;
                        update.execute(params![number, attempts, millis(*due)])?;
                    }
                }
            }
            Ok(())
        })
    }

    fn forget_deliveries(&self, subscription: Arn) -> Pending<'_, ()> {
        self.write_in_need(move |connection| {
            let mut select =
                connection.prepare_cached("SELECT number FROM delivery WHERE subscription = ?1")?;
            let numbers = select.query_map([subscription.as_str()], |row| row.get(0))?;
            let numbers: Vec<i64> = numbers.collect::<rusqlite::Result<_>>()?;
            for number in numbers {
                settle(connection, number)?;
            }
            Ok(())
        })
    }

    fn accepted_ids(&self, since: Timestamp) -> Pending<'_, Vec<AcceptedId>> {
        self.read(move |connection| {
            let mut select = connection.prepare_cached(
                "SELECT topic, deduplication, message, sequence, at FROM accepted_id
                 WHERE at >= ?1 ORDER BY number",
            )?;
            let rows = select.query_map([millis(since)], accepted)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    fn forget_accepted(&self, before: Timestamp) -> Pending<'_, ()> {
        self.write_in_need(move |connection| {
            let mut delete = connection.prepare_cached("DELETE FROM accepted_id WHERE at < ?1")?;
            delete.execute([millis(before)])?;
            Ok(())
        })
    }
}

fn keep(connection: &Connection, publication: &Publication) -> Result<(), Failed> {
    if publication.to.is_empty() {
        return Ok(());
    }
    let mut insert = connection
        .prepare_cached("INSERT INTO publication (topic, message, awaiting) VALUES (?1, ?2, ?3)")?;
    let (topic, message) = (publication.topic.as_str(), &publication.message[..]);
    let awaiting = i64::try_from(publication.to.len()).unwrap_or(i64::MAX);
    let number = insert.insert(params![topic, message, awaiting])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO delivery (publication, subscription, attempts, due) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for to in &publication.to {
        insert.execute(params![number, to.subscription.as_str(), to.attempts, millis(to.due)])?;
    }
    Ok(())
}

fn settle(connection: &Connection, number: i64) -> Result<(), Failed> {
    let mut delete = connection
        .prepare_cached("DELETE FROM delivery WHERE number = ?1 RETURNING publication")?;
    let publication: Option<i64> = delete.query_row([number], |row| row.get(0)).optional()?;
    let Some(publication) = publication else { return Ok(()) };
    let mut update = connection
        .prepare_cached("UPDATE publication SET awaiting = awaiting - 1 WHERE number = ?1")?;
    update.execute([publication])?;
    let mut delete =
        connection.prepare_cached("DELETE FROM publication WHERE number = ?1 AND awaiting = 0")?;
    delete.execute([publication])?;
    Ok(())
}

/// A sequence number is more than SQLite's integers hold, hence text.
fn accept(connection: &Connection, id: &AcceptedId) -> Result<(), Failed> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO accepted_id (topic, deduplication, message, sequence, at)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let sequence = id.sequence.to_string();
    let (topic, at) = (id.topic.as_str(), millis(id.at));
    insert.execute(params![topic, id.deduplication, id.message, sequence, at])?;
    Ok(())
}

fn row_of(number: DeliveryNumber) -> i64 {
    i64::try_from(number.0).unwrap_or(i64::MAX)
}

fn delivery(row: &Row<'_>) -> rusqlite::Result<KeptDelivery> {
    Ok(KeptDelivery {
        number: DeliveryNumber(row.get::<_, i64>(0).map(i64::unsigned_abs)?),
        topic: arn(row, 1)?,
        message: Bytes::from(row.get::<_, Vec<u8>>(2)?),
        attempts: row.get(3)?,
        due: timestamp(row.get(4)?),
    })
}

fn accepted(row: &Row<'_>) -> rusqlite::Result<AcceptedId> {
    let sequence: String = row.get(3)?;
    Ok(AcceptedId {
        topic: arn(row, 0)?,
        deduplication: row.get(1)?,
        message: row.get(2)?,
        sequence: sequence.parse().map_err(|error| unreadable(3, Type::Text, error))?,
        at: timestamp(row.get(4)?),
    })
}
