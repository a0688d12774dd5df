//! What is counted of one limit.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use limits::Key;
use model::Timestamp;

use super::add;
use crate::limit::{Top, TopKey};

/// One limit of one API, on all routes that it applies to.
pub(crate) struct LimitMetrics {
    cells: Box<[Cells]>,
}

/// One worker's.
#[repr(align(128))]
#[derive(Default)]
struct Cells {
    counts: [AtomicU64; Outcome::ALL.len()],
    last_denied: AtomicU64,
    /// Locked by one worker, and by whoever looks.
    denied: Mutex<Top>,
}

/// What a limit did to a request, or would have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Allowed,
    /// Allowed, with a fifth of the limit left or less.
    Near,
    Denied,
    WouldAllow,
    WouldDeny,
}

impl Outcome {
    pub(crate) const ALL: [Self; 5] =
        [Self::Allowed, Self::Near, Self::Denied, Self::WouldAllow, Self::WouldDeny];

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Near => "near",
            Self::Denied => "denied",
            Self::WouldAllow => "would_allow",
            Self::WouldDeny => "would_deny",
        }
    }
}

impl LimitMetrics {
    pub(super) fn new(workers: usize) -> Self {
        Self { cells: (0..workers).map(|_| Cells::default()).collect() }
    }

    pub(crate) fn allowed(&self, worker: usize) {
        self.count(worker, Outcome::Allowed);
    }

    pub(crate) fn near(&self, worker: usize) {
        self.count(worker, Outcome::Near);
    }

    /// A shadow has no near, since nobody is.
    pub(crate) fn would_allow(&self, worker: usize) {
        self.count(worker, Outcome::WouldAllow);
    }

    pub(crate) fn denied(
        &self,
        worker: usize,
        key: Key,
        at: Timestamp,
        name: impl FnOnce() -> String,
    ) {
        self.count(worker, Outcome::Denied);
        self.note(worker, key, at, name);
    }

    pub(crate) fn would_deny(
        &self,
        worker: usize,
        key: Key,
        at: Timestamp,
        name: impl FnOnce() -> String,
    ) {
        self.count(worker, Outcome::WouldDeny);
        self.note(worker, key, at, name);
    }

    fn count(&self, worker: usize, outcome: Outcome) {
        add(&self.cells[worker].counts[outcome as usize], 1);
    }

    fn note(&self, worker: usize, key: Key, at: Timestamp, name: impl FnOnce() -> String) {
        let cells = &self.cells[worker];
        cells.last_denied.store(at.0, Relaxed);
        cells.denied.lock().unwrap_or_else(PoisonError::into_inner).add(key, at, name);
    }

    pub(crate) fn total(&self, outcome: Outcome) -> u64 {
        self.cells.iter().map(|cells| cells.counts[outcome as usize].load(Relaxed)).sum()
    }

    /// When somebody was denied last.
    pub(crate) fn last_denied(&self) -> Option<Timestamp> {
        let last = self.cells.iter().map(|cells| cells.last_denied.load(Relaxed)).max();
        last.filter(|at| *at > 0).map(Timestamp)
    }

    /// The keys that were denied most, or would have been.
    pub(crate) fn top(&self, most: usize) -> Vec<TopKey> {
        let mut all = Top::default();
        for cells in &self.cells {
            all.merge(&cells.denied.lock().unwrap_or_else(PoisonError::into_inner));
        }
        all.into_sorted(most)
    }
}
