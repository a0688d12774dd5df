//! What happens, and in which order.

use std::cmp::Reverse;

use model::Now;

use crate::simulation::clock::Time;
use crate::simulation::network::{Answer, Request};
use crate::simulation::schedule::Fault;

pub(super) enum Event {
    Arrive(usize),
    AtNode(usize, AtNode),
    AtStore(usize, Request),
    Fault(Fault),
    Start(usize),
    Thaw(usize),
}

/// The earliest first; of one time, the one that was planned first.
pub(super) struct Due {
    pub(super) at: Reverse<(Time, u64)>,
    pub(super) event: Event,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

/// What waits while a process is stopped.
pub(super) enum AtNode {
    Request,
    /// A request that had read the clock when the process was stopped.
    Stale(Now, Time),
    Answer(Answer),
    GiveUp(u64),
    Sweep,
    Report,
}
