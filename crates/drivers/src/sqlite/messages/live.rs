//! One queue as the writer's thread knows it.

use foldhash::HashMap;
use rusqlite::Connection;
use store::{Discipline, KeptQueue, Message, Number};

use super::order::Order;
use super::rows;
use super::runs::{Parting, Runs, stretches};
use crate::sqlite::job::Failed;

/// So many bytes of bodies of each queue are kept until they are claimed.
const MOST_BYTES: usize = 4 << 20;
/// So many numbers are known ahead when messages come faster than they go.
const MOST_AHEAD: usize = 4_096;
/// So many rows are read at a time.
const READ: usize = 128;
/// A FIFO queue is searched so far for a group that is open, as AWS's are.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/avoid-backlog-with-the-same-message-group-id.html>
const MOST_SEARCHED: usize = 120_000;

pub(super) struct Live {
    pub(super) kept: KeptQueue,
    /// Messages below it were purged.
    pub(super) floor: Number,
    pub(super) next: Number,
    /// Messages that were neither deleted nor purged.
    pub(super) stored: u64,
    /// The three above differ from their row.
    pub(super) is_changed: bool,
    pub(super) order: Order,
    pub(super) runs: Runs,
    /// Messages that are gone and still have rows: neighbours go together, at the end of the
    /// transaction.
    gone: Vec<Number>,
    /// The order knows all messages below it.
    known: Number,
    bodies: HashMap<Number, Message>,
    bytes: usize,
}

impl Live {
    pub(super) fn new(kept: KeptQueue, floor: Number, next: Number, stored: u64) -> Self {
        let order = Order::of(kept.discipline);
        Self {
            kept,
            floor,
            next,
            stored,
            is_changed: false,
            order,
            runs: Runs::default(),
            gone: Vec::new(),
            known: floor,
            bodies: HashMap::default(),
            bytes: 0,
        }
    }

    pub(super) fn purge(&mut self) {
        let mut empty = Self::new(self.kept.clone(), self.next, self.next, 0);
        empty.is_changed = true;
        *self = empty;
    }

    pub(super) fn is_fifo(&self) -> bool {
        self.kept.discipline == Discipline::Fifo
    }

    /// Gives the next message its number.
    pub(super) fn count_in(&mut self) -> Number {
        let number = self.next;
        self.next += 1;
        self.stored += 1;
        self.is_changed = true;
        number
    }

    /// Knows a message that has just come, unless those before it are not known either.
    pub(super) fn welcome(&mut self, number: Number, message: Message) {
        if self.known != number || self.order.ahead() >= MOST_AHEAD {
            return;
        }
        self.learn(number, message.group.as_deref());
        self.remember(number, message);
    }

    fn learn(&mut self, number: Number, group: Option<&str>) {
        self.order.learn(number, group.unwrap_or_default());
        self.known = number + 1;
    }

    fn remember(&mut self, number: Number, message: Message) {
        let size = size_of_kept(&message);
        if self.bytes + size <= MOST_BYTES {
            self.bytes += size;
            self.bodies.insert(number, message);
        }
    }

    /// What was remembered, which it is no longer.
    pub(super) fn recall(&mut self, number: Number) -> Option<Message> {
        let message = self.bodies.remove(&number)?;
        self.bytes -= size_of_kept(&message);
        Some(message)
    }

    /// Reads on where the order knows too little to name the next message.
    pub(super) fn look_ahead(&mut self, connection: &Connection) -> Result<(), Failed> {
        while self.known < self.next && self.order.wants_more(READ, MOST_SEARCHED) {
            self.flush(connection)?;
            let range = self.known..self.next;
            let most = if self.is_fifo() { 8 * READ } else { READ };
            let found = if self.is_fifo() {
                rows::read_groups(connection, self.kept.id, range, most, |number, group| {
                    self.learn(number, Some(group));
                })?
            } else {
                rows::read(connection, self.kept.id, range, most, |number, message| {
                    let is_new = self.order.count(number) == 0;
                    self.learn(number, None);
                    if is_new {
                        self.remember(number, message);
                    }
                })?
            };
            if found < most {
                self.known = self.next;
            }
        }
        Ok(())
    }

    /// A message is gone, whether or not it was known.
    pub(super) fn remove(
        &mut self,
        connection: &Connection,
        number: Number,
        group: Option<&str>,
    ) -> Result<(), Failed> {
        match self.runs.part(number) {
            Parting::Alone if self.order.touched(number).is_none() => {}
            Parting::Alone => rows::delete_claim(connection, rows::key(self.kept.id, number))?,
            Parting::Stays => {}
            Parting::Ends(first) => {
                rows::delete_claim(connection, rows::key(self.kept.id, first))?;
            }
        }
        self.gone.push(number);
        self.recall(number);
        self.order.remove(number, group);
        self.stored = self.stored.saturating_sub(1);
        self.is_changed = true;
        Ok(())
    }

    /// From here on the rows say what is gone. Whoever reads messages calls it first.
    pub(super) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        for stretch in stretches(std::mem::take(&mut self.gone)) {
            rows::delete(connection, self.kept.id, &stretch)?;
        }
        Ok(())
    }

    /// Writes how a touched message stands, in a row of its own.
    pub(super) fn write_touched(
        &mut self,
        connection: &Connection,
        number: Number,
    ) -> Result<(), Failed> {
        let apart = self.runs.dissolve(number).unwrap_or(number..number + 1);
        if self.order.touched(apart.start).is_none() {
            rows::delete_claim(connection, rows::key(self.kept.id, apart.start))?;
        }
        for number in apart {
            if let Some(touched) = self.order.touched(number) {
                rows::write_claim(connection, rows::key(self.kept.id, number), touched, 1)?;
            }
        }
        Ok(())
    }

    /// Writes how messages stand that were claimed now and never before.
    pub(super) fn write_claimed(
        &mut self,
        connection: &Connection,
        numbers: Vec<Number>,
    ) -> Result<(), Failed> {
        for stretch in stretches(numbers) {
            let length = stretch.end - stretch.start;
            if let Some(touched) = self.order.touched(stretch.start) {
                let key = rows::key(self.kept.id, stretch.start);
                rows::write_claim(connection, key, touched, length)?;
            }
            if length > 1 {
                self.runs.add(&stretch, length);
            }
        }
        Ok(())
    }
}

fn size_of_kept(message: &Message) -> usize {
    let extras = message.extras.as_ref().map_or(0, |extras| extras.len());
    message.body.len() + extras + size_of::<Message>()
}
