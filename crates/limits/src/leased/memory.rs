//! A ledger in memory, for simulations and for tests of what leases from one.

use std::collections::HashMap;
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::limit::Window;
use model::{Clock, Now, Rule};

use super::{
    Account, Counter, Grant, LeaseAsk, Ledger, LedgerProblem, Leftover, Pending, Present, Receipt,
    Terms,
};
use crate::{Key, Policy};

/// What a store keeps of all keys. A clone is what a replica has.
#[derive(Debug, Clone, Default)]
pub struct Books {
    accounts: HashMap<Key, Account>,
    counters: HashMap<Key, Counter>,
}

/// How a rule is kept.
enum Kept {
    Account(Terms),
    Counter { limit: u64, present: Present },
}

impl Books {
    /// Debits what can be granted. Rules that cannot be leased get nothing.
    pub fn lease(&mut self, ask: &LeaseAsk, now: Now) -> Grant {
        match Kept::of(&ask.policy, now) {
            Some(Kept::Account(terms)) => {
                let ticks = Terms::ticks(now.moment);
                self.account(ask.key, ticks).lease(terms, ask.want, ticks)
            }
            Some(Kept::Counter { limit, present }) => {
                self.counters.entry(ask.key).or_default().lease(limit, ask.want, present)
            }
            None => NOTHING,
        }
    }

    pub fn take_back(&mut self, leftover: &Leftover, now: Now) {
        match Kept::of(&leftover.policy, now) {
            Some(Kept::Account(terms)) => {
                let ticks = Terms::ticks(now.moment);
                self.account(leftover.key, ticks).take_back(
                    terms,
                    leftover.permits,
                    leftover.receipt,
                    ticks,
                );
            }
            Some(Kept::Counter { present, .. }) => {
                let counter = self.counters.entry(leftover.key).or_default();
                counter.take_back(leftover.permits, leftover.receipt, present);
            }
            None => {}
        }
    }

    /// Debits all of `cost`, or nothing and says how long until it could be.
    pub fn debit(
        &mut self,
        policy: &Policy,
        key: Key,
        cost: u64,
        now: Now,
    ) -> Result<(), Duration> {
        match Kept::of(policy, now) {
            Some(Kept::Account(terms)) => {
                let ticks = Terms::ticks(now.moment);
                self.account(key, ticks).debit(terms, cost, ticks)
            }
            Some(Kept::Counter { limit, present }) => {
                self.counters.entry(key).or_default().debit(limit, cost, present)
            }
            None => Err(Duration::MAX),
        }
    }

    fn account(&mut self, key: Key, ticks: u64) -> &mut Account {
        self.accounts.entry(key).or_insert_with(|| Account::open(ticks))
    }
}

const NOTHING: Grant = Grant {
    permits: 0,
    remaining: 0,
    more_in: Duration::MAX,
    is_paused: false,
    valid_for: Duration::MAX,
    receipt: Receipt([0; 3]),
};

impl Kept {
    fn of(policy: &Policy, now: Now) -> Option<Self> {
        let (limit, window) = match policy.rule() {
            Rule::Rate { rate, burst } => return Some(Self::Account(Terms::of(*rate, *burst))),
            Rule::FixedWindow { limit, per } => (*limit, Window::of(*per, now.timestamp)),
            Rule::Quota { limit, period, zone } => (*limit, period.window(zone, now.timestamp)?),
            Rule::SlidingWindow { .. } | Rule::Concurrency { .. } => return None,
        };
        let ends_in = window.end.since(now.timestamp);
        Some(Self::Counter { limit, present: Present { window: window.start.0, ends_in } })
    }
}

/// Keeps books by one clock.
#[derive(Debug)]
pub struct Memory {
    clock: Arc<dyn Clock>,
    books: Mutex<Books>,
}

impl Memory {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, books: Mutex::default() }
    }
}

impl Ledger for Memory {
    fn lease(&self, asks: Vec<LeaseAsk>) -> Pending<Result<Vec<Grant>, LedgerProblem>> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        Box::pin(ready(Ok(asks.iter().map(|ask| books.lease(ask, now)).collect())))
    }

    fn take_back(&self, leftovers: Vec<Leftover>) -> Pending<Result<(), LedgerProblem>> {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        leftovers.iter().for_each(|leftover| books.take_back(leftover, now));
        Box::pin(ready(Ok(())))
    }
}
