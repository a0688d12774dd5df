//! Limits in this process's memory.

mod table;

use std::sync::Arc;

use model::{ByteSize, Clock, Moment};

use crate::gcra::Ticks;
use crate::{Answer, Ask, Decision, Limits, MOST_ASKS, Seed, Standing};
use table::{Debit, Table};

/// Counts every key in a table of fixed size. Deciding allocates nothing and never waits for memory
/// or a sweep.
#[derive(Debug)]
pub struct Local {
    seed: Seed,
    clock: Arc<dyn Clock>,
    table: Table,
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
    /// is the one that the moments given to [`Limits::decide`] come from.
    pub fn new(seed: Seed, budget: ByteSize, clock: Arc<dyn Clock>) -> Self {
        Self { seed, clock, table: Table::new(budget) }
    }

    pub fn usage(&self) -> Usage {
        Usage { capacity: self.table.capacity(), evictions: self.table.evictions() }
    }

    fn decide_one(&self, ask: &Ask<'_>, now: Ticks) -> Standing {
        let bucket = ask.policy.bucket();
        match self.table.debit(ask.key, bucket, bucket.debt(ask.cost), now) {
            Ok(debit) => bucket.standing(debit.after, now, None),
            Err(refused) => bucket.standing(refused.tat, now, Some(refused.wait)),
        }
    }

    /// Looks first, so that a denial touches nothing. When another request takes the last permit of
    /// an ask between look and debit, the debits made so far are taken back.
    fn decide_all(&self, asks: &[Ask<'_>], now: Ticks) -> Decision {
        let look = self.look(asks, now);
        if !look.is_allowed() {
            return look;
        }
        let mut debits = [Debit::default(); MOST_ASKS];
        for (index, ask) in asks.iter().enumerate() {
            let bucket = ask.policy.bucket();
            match self.table.debit(ask.key, bucket, bucket.debt(ask.cost), now) {
                Ok(debit) => debits[index] = debit,
                Err(refused) => {
                    self.take_back(&asks[..index], &debits);
                    let mut decision = self.look(asks, now);
                    decision.set(index, bucket.standing(refused.tat, now, Some(refused.wait)));
                    return decision;
                }
            }
        }
        let standing =
            |index: usize| asks[index].policy.bucket().standing(debits[index].after, now, None);
        Decision::with(asks.len(), standing)
    }

    fn take_back(&self, asks: &[Ask<'_>], debits: &[Debit; MOST_ASKS]) {
        let now = Ticks::at(self.clock.moment());
        for (ask, debit) in asks.iter().zip(debits) {
            self.table.take_back(ask.key, *debit, now);
        }
    }

    fn look(&self, asks: &[Ask<'_>], now: Ticks) -> Decision {
        Decision::with(asks.len(), |index| {
            let ask = &asks[index];
            let bucket = ask.policy.bucket();
            let tat = self.table.peek(ask.key);
            let wait = bucket.debit(tat, bucket.debt(ask.cost), now).err();
            bucket.standing(tat, now, wait)
        })
    }
}

impl Limits for Local {
    fn seed(&self) -> &Seed {
        &self.seed
    }

    fn decide(&self, asks: &[Ask<'_>], now: Moment) -> Answer {
        let now = Ticks::at(now);
        Answer::Now(match asks {
            [ask] => Decision::with(1, |_| self.decide_one(ask, now)),
            _ => self.decide_all(asks, now),
        })
    }

    fn peek(&self, asks: &[Ask<'_>], now: Moment) -> Answer {
        Answer::Now(self.look(asks, Ticks::at(now)))
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
