//! A declared limit: what is counted, over which time, and what holds while its store does not answer.

mod period;
mod rule;
mod zone;

pub use period::{Period, ROLLING_SLICES, Window};
pub use rule::{Rule, RuleProblem};
pub use zone::{Zone, ZoneProblem};

use std::time::Duration;

/// The most limits that one request can meet, those of its API, route and usage plan together: all of
/// them are decided at once, in memory of a fixed size.
pub const MOST_LIMITS: usize = 10;

/// How nodes that share a limit agree on it. Means nothing to a node that counts alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The store decides every request.
    Exact,
    /// Nodes debit permits ahead and spend them within `ttl`: at most the rate times `ttl` too many.
    Leased {
        #[serde(serialize_with = "crate::units::serialize_span")]
        ttl: Duration,
    },
    /// Exact while that is cheap, leased once a key is asked for often.
    #[default]
    Auto,
}

/// What holds for a limit while its store does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FailurePolicy {
    /// Each node goes on with its share of the limit.
    #[default]
    Share,
    /// Every request is admitted.
    Open,
    /// No request is admitted.
    Closed,
    /// What was known last holds for this long, then [`FailurePolicy::Closed`].
    Stale(#[serde(serialize_with = "crate::units::serialize_span")] Duration),
}
