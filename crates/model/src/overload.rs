//! Which requests go first when the server has more than it can answer.

use std::time::Duration;

/// How much a route matters while there is too much to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    Low,
    #[default]
    Normal,
    Critical,
}

/// The signs by which a server knows that it has more than it can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Overload {
    /// The most requests under way, over all workers.
    pub in_flight: u32,
    /// How late a worker may come to what is ready to be done.
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub lag: Duration,
}
