//! The contract for asynchronous invocations: accepted, and not yet settled.

use std::collections::BTreeSet;

use model::{FunctionName, Qualifier, Timestamp};

use crate::Pending;

/// One event that a function owes a run, or whose outcome is owed to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptInvocation {
    /// The store's own, in the order of acceptance; given when it is kept.
    pub number: u64,
    pub request_id: String,
    pub function: FunctionName,
    pub qualifier: Qualifier,
    pub event: Vec<u8>,
    pub client: Option<Vec<u8>>,
    /// `X-Amzn-Trace-Id`'s text.
    pub trace: String,
    pub accepted: Timestamp,
    pub progress: Progress,
}

/// What came of an invocation so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// When it is to be looked at again.
    pub due: Timestamp,
    /// Runs that ended in an error of the function.
    pub runs: u32,
    /// Attempts that ran nothing, since the last run.
    pub refusals: u32,
    /// What is still to be handed over once nothing is to be run any more; opaque to the store.
    pub owed: Option<Vec<u8>>,
}

/// A function's invocations that are due.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Due {
    /// By due time, then number.
    pub now: Vec<KeptInvocation>,
    /// When the first becomes due that is not due yet.
    pub next: Option<Timestamp>,
}

/// How many of a function's invocations wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    pub function: FunctionName,
    pub count: u64,
    pub oldest: Timestamp,
}

pub trait InvocationStore {
    /// Keeps a new invocation, whose `number` is not looked at, and gives the number it got.
    fn keep_invocation(&self, invocation: KeptInvocation) -> Pending<'_, u64>;

    /// Up to `most` invocations of the function that are due at `now`, but none of those in `under_way`.
    fn due_invocations(
        &self,
        function: FunctionName,
        now: Timestamp,
        under_way: BTreeSet<u64>,
        most: usize,
    ) -> Pending<'_, Due>;

    /// Notes what came of an attempt. Nothing happens to what is not there.
    fn postpone_invocation(&self, number: u64, progress: Progress) -> Pending<'_, ()>;

    /// Forgetting what is not there changes nothing.
    fn forget_invocation(&self, number: u64) -> Pending<'_, ()>;

    /// Of every function that has any, by name.
    fn backlogs(&self) -> Pending<'_, Vec<Backlog>>;
}
