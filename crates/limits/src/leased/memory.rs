//! A ledger in this process's memory, for simulations and tests of what leases from one.

use std::collections::HashMap;
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};

use model::Clock;

use super::{Account, Grant, LeaseAsk, Ledger, LedgerProblem, Leftover, Pending};
use crate::Key;
use crate::gcra::Ticks;

/// Keeps the books of rates by one clock.
#[derive(Debug)]
pub struct Memory {
    clock: Arc<dyn Clock>,
    books: Mutex<HashMap<Key, Account>>,
}

impl Memory {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, books: Mutex::default() }
    }

    fn now(&self) -> u64 {
        Ticks::at(self.clock.moment()).0
    }

    fn grant(&self, ask: &LeaseAsk) -> Grant {
        let now = self.now();
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let account = books.entry(ask.key).or_insert_with(|| Account::open(now));
        account.lease(ask.policy.terms(), ask.want, now)
    }

    fn restore(&self, leftover: &Leftover) {
        let now = self.now();
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(account) = books.get_mut(&leftover.key) {
            account.take_back(leftover.policy.terms(), leftover.permits, leftover.receipt, now);
        }
    }
}

impl Ledger for Memory {
    fn lease(&self, asks: Vec<LeaseAsk>) -> Pending<Result<Vec<Grant>, LedgerProblem>> {
        Box::pin(ready(Ok(asks.iter().map(|ask| self.grant(ask)).collect())))
    }

    fn take_back(&self, leftovers: Vec<Leftover>) -> Pending<Result<(), LedgerProblem>> {
        leftovers.iter().for_each(|leftover| self.restore(leftover));
        Box::pin(ready(Ok(())))
    }
}
