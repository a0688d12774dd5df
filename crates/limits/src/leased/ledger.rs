//! What a node that leases permits needs of the store that nodes share.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::{Key, Name, Policy};

/// An answer that a store is yet to give.
pub type Pending<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A store that debits permits before anyone uses them.
///
/// # What holds a limit true
/// 1. A permit is granted only once it is debited, so that a grant that is lost on its way is lost to
///    everybody.
/// 2. Of `n` permits at hand at most half, rounded up, go to one ask; so the last ones are not all in
///    one node. Of the last hundredth of a window's limit an ask gets one.
/// 3. A hand-back never restores more than the debit still matters; see [`super::Account`], which has
///    the arithmetic for rates, and [`super::Counter`] for windows.
pub trait Ledger: Send + Sync {
    /// Answers the asks one by one, in their order, in one round trip.
    fn lease(&self, asks: Vec<LeaseAsk>) -> Pending<Result<Vec<Grant>, LedgerProblem>>;

    /// Takes back what was granted and not used. A node does not repeat it when it fails: the permits are lost
    /// then, and the limit is kept. A store that may have heard a call and is told it again, as a Cluster by
    /// its client, admits a window's permits once more.
    fn take_back(&self, leftovers: Vec<Leftover>) -> Pending<Result<(), LedgerProblem>>;
}

/// Permits that a node wants for its callers under one key.
#[derive(Debug, Clone)]
pub struct LeaseAsk {
    pub policy: Policy,
    pub key: Key,
    /// What the key stands for, for people who look at limits.
    pub name: Option<Name>,
    /// At least 1.
    pub want: u32,
}

/// What the store debited for an ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// At most what was asked for; 0 when the limit is used up.
    pub permits: u32,
    /// Left in the store.
    pub remaining: u64,
    /// Until the store has another permit; zero while it has some. For a paused key, until the pause
    /// ends.
    pub more_in: Duration,
    /// Whether nothing was granted because the key is paused.
    pub is_paused: bool,
    /// How long the permits mean anything, whatever the node's own bound is: until the window ends.
    /// [`Duration::MAX`] for a rate.
    pub valid_for: Duration,
    pub receipt: Receipt,
}

/// Proves a debit to the store that made it. Opaque to the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Receipt(pub [u64; 3]);

/// Permits of one grant that nobody used.
#[derive(Debug, Clone)]
pub struct Leftover {
    pub policy: Policy,
    pub key: Key,
    /// At least 1.
    pub permits: u32,
    pub receipt: Receipt,
}

/// Why the store did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerProblem {
    #[error("the limit store cannot be reached: {0}; look at its address and whether it runs")]
    Unreachable(String),
    #[error("the limit store refused: {0}")]
    Refused(String),
}
