//! Limits that nodes share by leasing permits ahead of their use.

mod account;
mod counter;
mod ledger;
mod memory;

pub use account::{Account, Terms};
pub use counter::{Counter, Present};
pub use ledger::{Grant, LeaseAsk, Ledger, LedgerProblem, Leftover, Pending, Receipt};
pub use memory::{Books, Memory};
