//! Messages in SQL. The rows are the truth; beside them the writer's thread keeps, for each queue, the
//! order in which its next messages go out, so that no claim searches for one. What waits behind
//! those next messages costs no memory.

mod claim;
mod delay;
mod desk;
mod keep;
mod live;
mod load;
mod order;
mod peek;
mod put;
mod rows;
mod runs;
mod settle;
mod tidy;

use std::sync::Arc;
use std::time::Duration;

use model::{QueueName, Timestamp};
use rusqlite::Connection;
use store::{
    Claim, Claims, Discipline, KeptQueue, MessageStore, Number, Peeked, Pending, Placed, Put,
    QueueId, Receipt, Settled, StoreError, Tally, Tidied,
};

use super::job::{Failed, Room, Told, Undo};
use super::{Sqlite, ask};

pub(super) use desk::{Desk, SharedDesk};
use live::Live;

impl Sqlite {
    /// Does `work` with one queue, in a transaction.
    fn with_queue<T, W>(&self, how: (Told, Room), queue: QueueId, work: W) -> Pending<'_, T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Live, &Connection) -> Result<T, Failed> + Send + 'static,
    {
        self.with_desk(how, move |desk, connection| {
            let live = desk.find(queue).ok_or(Failed::Refused(StoreError::NoQueue))?;
            work(live, connection)
        })
    }

    fn with_desk<T, W>(&self, (told, room): (Told, Room), work: W) -> Pending<'_, T>
    where
        T: Send + 'static,
        W: FnOnce(&mut Desk, &Connection) -> Result<T, Failed> + Send + 'static,
    {
        let desk = Arc::clone(&self.desk);
        let work = move |connection: &Connection| desk.lock().during(connection, work);
        ask(self.writes.as_ref(), work, (told, Undo::WithAll, room))
    }
}

impl MessageStore for Sqlite {
    fn queues(&self) -> Pending<'_, Vec<KeptQueue>> {
        self.with_desk((Told::Written, Room::Makes), |desk, _| Ok(desk.kept()))
    }

    fn make_queue(
        &self,
        name: QueueName,
        discipline: Discipline,
        secret: [u8; 16],
    ) -> Pending<'_, KeptQueue> {
        self.with_desk((Told::Synced, Room::Takes), move |desk, connection| {
            keep::make(desk, connection, name, discipline, secret)
        })
    }

    fn drop_queue(&self, queue: QueueId) -> Pending<'_, ()> {
        self.with_desk((Told::Synced, Room::Makes), move |desk, connection| {
            keep::drop_queue(desk, connection, queue)
        })
    }

    fn put(&self, queue: QueueId, messages: Vec<Put>) -> Pending<'_, Vec<Placed>> {
        self.with_queue((Told::Synced, Room::Takes), queue, |live, connection| {
            messages.into_iter().map(|message| put::place(live, connection, message)).collect()
        })
    }

    fn claim(&self, queue: QueueId, claim: Claim) -> Pending<'_, Claims> {
        self.with_queue((Told::Written, Room::Makes), queue, move |live, connection| {
            claim::claim(live, connection, &claim)
        })
    }

    fn delete(
        &self,
        queue: QueueId,
        receipts: Vec<Receipt>,
        now: Timestamp,
    ) -> Pending<'_, Vec<Settled>> {
        self.with_queue((Told::Synced, Room::Makes), queue, move |live, connection| {
            let delete = |receipt| settle::delete(live, connection, receipt, now);
            receipts.into_iter().map(delete).collect()
        })
    }

    fn hide(
        &self,
        queue: QueueId,
        receipts: Vec<(Receipt, Timestamp)>,
        now: Timestamp,
    ) -> Pending<'_, Vec<Settled>> {
        self.with_queue((Told::Synced, Room::Makes), queue, move |live, connection| {
            let hide = |(receipt, until)| settle::hide(live, connection, receipt, until, now);
            receipts.into_iter().map(hide).collect()
        })
    }

    fn delay(&self, queue: QueueId, delay: Duration, now: Timestamp) -> Pending<'_, ()> {
        self.with_queue((Told::Synced, Room::Makes), queue, move |live, connection| {
            delay::delay(live, connection, delay, now)
        })
    }

    fn transfer(
        &self,
        from: QueueId,
        to: QueueId,
        messages: Vec<(Receipt, Put)>,
        now: Timestamp,
    ) -> Pending<'_, Vec<Settled>> {
        self.with_desk((Told::Synced, Room::Makes), move |desk, connection| {
            settle::transfer(desk, connection, (from, to), messages, now)
        })
    }

    fn purge(&self, queue: QueueId) -> Pending<'_, ()> {
        self.with_desk((Told::Synced, Room::Makes), move |desk, _| {
            desk.find(queue).ok_or(Failed::Refused(StoreError::NoQueue))?.purge();
            desk.has_trash = true;
            Ok(())
        })
    }

    fn tally(&self, queue: QueueId, now: Timestamp) -> Pending<'_, Tally> {
        self.with_queue((Told::Written, Room::Makes), queue, move |live, connection| {
            peek::tally(live, connection, now)
        })
    }

    fn peek(
        &self,
        queue: QueueId,
        from: Number,
        most: usize,
        now: Timestamp,
    ) -> Pending<'_, Vec<Peeked>> {
        self.read(move |connection| peek::peek(connection, queue, from, most, now))
    }

    fn tidy(
        &self,
        sent_before: Vec<(QueueId, Timestamp)>,
        now: Timestamp,
        most: usize,
    ) -> Pending<'_, Tidied> {
        self.with_desk((Told::Synced, Room::Makes), move |desk, connection| {
            tidy::tidy(desk, connection, &sent_before, now, most)
        })
    }
}
