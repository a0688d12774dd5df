//! Nodes that lease from one store, in virtual time: the engine is the real one; clocks, messages and
//! processes are not. Everything follows from a seed.

mod bound;
mod clock;
mod exact;
mod network;
mod node;
mod rival;
mod schedule;
mod store;
mod world;

pub(crate) use schedule::{Plan, Schedule};
pub(crate) use world::World;

/// What a run came to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) admitted: usize,
    pub(crate) denied: usize,
    /// Permits over the bound in the worst window of any policy; nothing when it was kept.
    pub(crate) violation: Option<String>,
    /// Admitted after the start, of what the limit allows.
    pub(crate) used: f64,
    /// Messages that the store worked on, a second.
    pub(crate) store_rate: f64,
    /// The most round trips that a request waited for.
    pub(crate) longest_wait: f64,
}
