//! Queues in memory: the contract in its plainest form, which looks at every message. Faster stores
//! are compared with it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use model::{QueueName, Timestamp};

use super::{Memory, done};
use crate::messages::{
    Claim, Claimed, Claims, Discipline, KeptQueue, Message, MessageStore, Number, Peeked, Placed,
    Put, QueueId, REMEMBERED, Receipt, Settled, Standing, Tally, Tidied,
};
use crate::{Pending, StoreError};

#[derive(Debug, Default)]
pub(super) struct Queues {
    made: u32,
    queues: BTreeMap<QueueId, Queue>,
}

#[derive(Debug)]
struct Queue {
    kept: KeptQueue,
    next: Number,
    entries: BTreeMap<Number, Entry>,
    /// When each was put, and what became of it.
    deduplications: HashMap<[u8; 32], (Timestamp, Placed)>,
}

#[derive(Debug)]
struct Entry {
    message: Message,
    came: Timestamp,
    until: Option<Timestamp>,
    count: u32,
    first: Timestamp,
}

impl Entry {
    fn standing(&self, now: Timestamp) -> Standing {
        match self.until {
            Some(until) if until > now && self.count > 0 => Standing::InFlight { until },
            Some(until) if until > now => Standing::Delayed { until },
            _ => Standing::Visible,
        }
    }

    fn is_in_flight(&self, now: Timestamp) -> bool {
        matches!(self.standing(now), Standing::InFlight { .. })
    }
}

impl Queue {
    fn place(&mut self, put: Put) -> Placed {
        let Put { message, until, deduplication, claimed, came } = put;
        if let Some(asked) = &deduplication
            && let Some((at, placed)) = self.deduplications.get(&asked.digest)
            && *at > asked.since
        {
            return Placed { is_copy: true, ..*placed };
        }
        let placed = Placed { id: message.id, number: self.next, is_copy: false };
        if let Some(asked) = deduplication {
            self.deduplications.insert(asked.digest, (asked.at, placed));
        }
        let (count, first) = claimed.unwrap_or_default();
        let came = came.unwrap_or(message.sent);
        self.entries.insert(self.next, Entry { message, came, until, count, first });
        self.next += 1;
        placed
    }

    /// The numbers that a claim may take, in their order.
    fn claimable(&self, now: Timestamp) -> Vec<Number> {
        let is_visible = |entry: &Entry| entry.standing(now) == Standing::Visible;
        if self.kept.discipline == Discipline::Standard {
            let visible = self.entries.iter().filter(|(_, entry)| is_visible(entry));
            return visible.map(|(number, _)| *number).collect();
        }
        let mut firsts: HashMap<&str, Number> = HashMap::new();
        let mut groups: BTreeMap<Number, Vec<(Number, &Entry)>> = BTreeMap::new();
        for (number, entry) in &self.entries {
            let group = entry.message.group.as_deref().unwrap_or_default();
            let first = firsts.entry(group).or_insert(*number);
            groups.entry(*first).or_default().push((*number, entry));
        }
        groups.retain(|_, members| !members.iter().any(|(_, entry)| entry.is_in_flight(now)));
        let open = groups.into_values().flat_map(|members| {
            members.into_iter().take_while(|(_, entry)| is_visible(entry)).map(|(number, _)| number)
        });
        open.collect()
    }

    fn claim(&mut self, claim: &Claim) -> Claims {
        let in_flight = self.in_flight(claim.now);
        let most = claim.most.min(claim.most_in_flight.saturating_sub(in_flight));
        let mut messages = Vec::new();
        for number in self.claimable(claim.now) {
            if messages.len() == most {
                break;
            }
            let Some(entry) = self.entries.get_mut(&number) else { continue };
            if entry.message.sent < claim.sent_since {
                continue;
            }
            entry.count += 1;
            entry.until = Some(claim.until);
            if entry.count == 1 {
                entry.first = claim.now;
            }
            messages.push(Claimed {
                receipt: Receipt { number, count: entry.count },
                first: entry.first,
                message: entry.message.clone(),
            });
        }
        let hidden = self.entries.values().filter_map(|entry| entry.until);
        let next = hidden.filter(|until| *until > claim.now).min();
        Claims { in_flight: in_flight + messages.len(), messages, next }
    }

    fn in_flight(&self, now: Timestamp) -> usize {
        self.entries.values().filter(|entry| entry.is_in_flight(now)).count()
    }

    /// Whether the receipt is good for a change.
    fn find(&self, receipt: Receipt, now: Timestamp) -> Settled {
        match self.entries.get(&receipt.number) {
            None => Settled::Gone,
            Some(entry) if entry.count > receipt.count => Settled::Stale,
            Some(entry) if entry.is_in_flight(now) => Settled::Done,
            Some(_) => Settled::Visible,
        }
    }

    fn delete(&mut self, receipt: Receipt, now: Timestamp) -> Settled {
        let found = match (self.find(receipt, now), self.kept.discipline) {
            (Settled::Visible, Discipline::Standard) => Settled::Done,
            (found, _) => found,
        };
        if found == Settled::Done {
            self.entries.remove(&receipt.number);
        }
        found
    }

    /// Removes a message from the hands of whoever claimed it last, also where its claim hid it for no time.
    fn take(&mut self, receipt: Receipt, now: Timestamp) -> Settled {
        let found = self.find(receipt, now);
        if !matches!(found, Settled::Done | Settled::Visible) {
            return found;
        }
        self.entries.remove(&receipt.number);
        Settled::Done
    }

    fn hide(&mut self, receipt: Receipt, until: Timestamp, now: Timestamp) -> Settled {
        let found = self.find(receipt, now);
        if found == Settled::Done
            && let Some(entry) = self.entries.get_mut(&receipt.number)
        {
            entry.until = Some(until);
        }
        found
    }

    fn tally(&self, now: Timestamp) -> Tally {
        let mut tally = Tally::default();
        for entry in self.entries.values() {
            match entry.standing(now) {
                Standing::Visible => tally.visible += 1,
                Standing::InFlight { .. } => tally.in_flight += 1,
                Standing::Delayed { .. } => tally.delayed += 1,
            }
        }
        tally.oldest = self.entries.values().next().map(|entry| entry.came);
        tally
    }
}

impl Memory {
    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<'a, T: Send + 'a>(
        &'a self,
        id: QueueId,
        work: impl FnOnce(&mut Queue) -> T,
    ) -> Pending<'a, T> {
        done(self.queues().queues.get_mut(&id).map(work).ok_or(StoreError::NoQueue))
    }
}

impl MessageStore for Memory {
    fn queues(&self) -> Pending<'_, Vec<KeptQueue>> {
        done(Ok(self.queues().queues.values().map(|queue| queue.kept.clone()).collect()))
    }

    fn make_queue(
        &self,
        name: QueueName,
        discipline: Discipline,
        secret: [u8; 16],
    ) -> Pending<'_, KeptQueue> {
        let mut queues = self.queues();
        if let Some(queue) = queues.queues.values().find(|queue| queue.kept.name == name) {
            return done(Ok(queue.kept.clone()));
        }
        queues.made += 1;
        let kept = KeptQueue { id: QueueId(queues.made), name, discipline, secret };
        let (entries, deduplications) = (BTreeMap::new(), HashMap::new());
        let queue = Queue { kept: kept.clone(), next: 1, entries, deduplications };
        queues.queues.insert(kept.id, queue);
        done(Ok(kept))
    }

    fn drop_queue(&self, queue: QueueId) -> Pending<'_, ()> {
        done(self.queues().queues.remove(&queue).map(drop).ok_or(StoreError::NoQueue))
    }

    fn put(&self, queue: QueueId, messages: Vec<Put>) -> Pending<'_, Vec<Placed>> {
        self.with(queue, |queue| messages.into_iter().map(|put| queue.place(put)).collect())
    }

    fn claim(&self, queue: QueueId, claim: Claim) -> Pending<'_, Claims> {
        self.with(queue, |queue| queue.claim(&claim))
    }

    fn delete(
        &self,
        queue: QueueId,
        receipts: Vec<Receipt>,
        now: Timestamp,
    ) -> Pending<'_, Vec<Settled>> {
        self.with(queue, |queue| {
            receipts.into_iter().map(|receipt| queue.delete(receipt, now)).collect()
        })
    }

    fn hide(
        &self,
        queue: QueueId,
        receipts: Vec<(Receipt, Timestamp)>,
        now: Timestamp,
    ) -> Pending<'_, Vec<Settled>> {
        self.with(queue, |queue| {
            receipts.into_iter().map(|(receipt, until)| queue.hide(receipt, until, now)).collect()
        })
    }

    fn delay(&self, queue: QueueId, delay: Duration, now: Timestamp) -> Pending<'_, ()> {
        self.with(queue, |queue| {
            for entry in queue.entries.values_mut().filter(|entry| entry.count == 0) {
                entry.until = Some(entry.message.sent.plus(delay)).filter(|until| *until > now);
            }
        })
    }

    fn transfer(
        &self,
        from: QueueId,
        to: QueueId,
        messages: Vec<(Receipt, Put)>,
        now: Timestamp,
    ) -> Pending<'_, Vec<Settled>> {
        let mut queues = self.queues();
        if !queues.queues.contains_key(&from) || !queues.queues.contains_key(&to) {
            return done(Err(StoreError::NoQueue));
        }
        let mut settled = Vec::new();
        for (receipt, put) in messages {
            let found = queues.queues.get_mut(&from).map(|queue| queue.take(receipt, now));
            let found = found.unwrap_or(Settled::Gone);
            if let (Settled::Done, Some(queue)) = (found, queues.queues.get_mut(&to)) {
                queue.place(put);
            }
            settled.push(found);
        }
        done(Ok(settled))
    }

    fn purge(&self, queue: QueueId) -> Pending<'_, ()> {
        self.with(queue, |queue| queue.entries.clear())
    }

    fn tally(&self, queue: QueueId, now: Timestamp) -> Pending<'_, Tally> {
        self.with(queue, |queue| queue.tally(now))
    }

    fn peek(
        &self,
        queue: QueueId,
        from: Number,
        most: usize,
        now: Timestamp,
    ) -> Pending<'_, Vec<Peeked>> {
        self.with(queue, |queue| {
            let peeked = queue.entries.range(from..).map(|(number, entry)| Peeked {
                number: *number,
                count: entry.count,
                standing: entry.standing(now),
                message: entry.message.clone(),
            });
            peeked.take(most).collect()
        })
    }

    fn tidy(
        &self,
        sent_before: Vec<(QueueId, Timestamp)>,
        now: Timestamp,
        _most: usize,
    ) -> Pending<'_, Tidied> {
        let mut tidied = Tidied::default();
        let mut queues = self.queues();
        for (id, before) in sent_before {
            let Some(queue) = queues.queues.get_mut(&id) else { continue };
            let all = queue.entries.len();
            queue.entries.retain(|_, entry| entry.message.sent >= before);
            tidied.expired += (all - queue.entries.len()) as u64;
            queue.deduplications.retain(|_, (at, _)| at.plus(REMEMBERED) > now);
        }
        done(Ok(tidied))
    }
}
