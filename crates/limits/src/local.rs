//! Limits in this process's memory.

mod decide;
mod names;
mod pauses;
mod table;

use std::sync::Arc;

use model::{ByteSize, Clock, Now, Timestamp};

use crate::gcra::Ticks;
use crate::policy::Kind;
use crate::{Answer, Ask, Entry, Limits, Look, Reply, Seed, StoreProblem};
use names::Names;
use pauses::Pauses;
use table::Table;

/// Counts every key in a table of fixed size. Deciding allocates nothing and never waits for memory
/// or a sweep.
#[derive(Debug)]
pub struct Local {
    seed: Seed,
    clock: Arc<dyn Clock>,
    rates: Table,
    pauses: Pauses,
    names: Names,
}

/// How the table fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Keys the table can hold.
    pub capacity: usize,
    /// Keys that were forgotten while they still counted, since the table was made. Each got its
    /// used burst back.
    pub evictions: u64,
}

impl Local {
    /// Room for a million keys.
    pub const DEFAULT_BUDGET: ByteSize = ByteSize::mib(16);

    /// 16 bytes are one key; memory is taken from the system as keys arrive, up to `budget`. `clock`
    /// is the one that the points in time given to [`Limits::decide`] come from.
    pub fn new(seed: Seed, budget: ByteSize, clock: Arc<dyn Clock>) -> Self {
        let (rates, pauses, names) = (Table::new(budget), Pauses::default(), Names::new());
        Self { seed, clock, rates, pauses, names }
    }

    pub fn usage(&self) -> Usage {
        Usage { capacity: self.rates.capacity(), evictions: self.rates.evictions() }
    }

    /// No earlier than any debit that anybody can have seen.
    fn present(&self) -> Ticks {
        Ticks::at(self.clock.moment())
    }

    fn give_back(&self, ask: &Ask<'_>, cost: u64) {
        match &ask.policy.kind {
            Kind::Rate(bucket) => self.rates.credit(ask.key, bucket.debt(cost), self.present()),
        }
    }

    fn charge(&self, ask: &Ask<'_>, cost: u64, now: Now) {
        match &ask.policy.kind {
            Kind::Rate(bucket) => {
                self.rates.charge(ask.key, bucket.debt(cost), Ticks::at(now.moment));
            }
        }
    }
}

impl Limits for Local {
    fn seed(&self) -> &Seed {
        &self.seed
    }

    fn decide(&self, asks: &[Ask<'_>], now: Now) -> Answer {
        Reply::Now(self.decide_now(asks, now))
    }

    fn peek(&self, asks: &[Ask<'_>], now: Now) -> Answer {
        Reply::Now(self.look(asks, now))
    }

    fn refund(&self, asks: &[Ask<'_>], _taken: Now, _now: Now) {
        for ask in asks {
            self.give_back(ask, ask.cost);
        }
    }

    fn settle(&self, ask: &Ask<'_>, extra: i64, _taken: Now, now: Now) {
        match extra {
            1.. => self.charge(ask, extra.unsigned_abs(), now),
            0 => {}
            _ => self.give_back(ask, extra.unsigned_abs()),
        }
    }

    fn pause(&self, ask: &Ask<'_>, until: Timestamp, now: Now) -> Reply<Result<(), StoreProblem>> {
        self.pauses.pause(ask.key, until, now.timestamp);
        self.names.see(ask);
        Reply::Now(Ok(()))
    }

    fn resume(&self, ask: &Ask<'_>, _now: Now) -> Reply<Result<(), StoreProblem>> {
        self.pauses.resume(ask.key);
        Reply::Now(Ok(()))
    }

    fn reset(&self, ask: &Ask<'_>, _now: Now) -> Reply<Result<(), StoreProblem>> {
        self.give_back(ask, u64::MAX);
        Reply::Now(Ok(()))
    }

    fn inspect(&self, look: &Look, now: Now) -> Reply<Result<Vec<Entry>, StoreProblem>> {
        let mut entries: Vec<_> =
            self.names.all().filter_map(|named| self.entry(named, now)).collect();
        look.arrange(&mut entries);
        Reply::Now(Ok(entries))
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
