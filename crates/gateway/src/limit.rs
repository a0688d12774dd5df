//! The limits that the requests of a route meet: all of them are decided at once, and those that
//! only count are asked apart.

mod admit;
mod asked;
mod beside;
mod compile;
mod cost;
mod key;
mod key_name;
mod secret;
mod tell;
mod top;
mod watch;

use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use key::OneKey;
use limits::Policy;
use model::WhenMissing;
use model::api::LimitHeaders;

use crate::metrics::LimitMetrics;

pub(crate) use admit::admit;
pub(crate) use asked::{Added, Asked};
pub(crate) use cost::settle;
pub(crate) use key::{Dimension, rollout};
pub(crate) use tell::tell;
pub(crate) use top::{Top, TopKey};
pub(crate) use watch::Watched;

/// Everything that limits one route.
#[derive(Default)]
pub(crate) struct RouteLimits {
    /// In the order of the manifest, the API's before the route's own.
    enforced: Box<[Limit]>,
    /// Those that refuse nobody.
    watched: Box<[Limit]>,
    /// `RateLimit-Policy` of a request that meets every enforced limit and no other.
    policies: Option<HeaderValue>,
    /// Bytes that its `RateLimit` may take.
    room: usize,
    headers: LimitHeaders,
    /// Whether an answer may say what its request cost.
    settles: bool,
    /// Whether one of those enforced counts concurrency.
    holds_slots: bool,
    /// Whether there are limits that refuse nobody, or some callers only.
    refuses_not_all: bool,
}

impl RouteLimits {
    pub(crate) fn policies(&self) -> impl Iterator<Item = &Policy> {
        self.enforced.iter().chain(&self.watched).map(|limit| &limit.policy)
    }

    /// Which limit it is that stands at this position among those enforced, and where it is declared.
    pub(crate) fn enforced_at(&self, position: u8) -> Option<(&Policy, Level)> {
        let limit = self.enforced.get(usize::from(position))?;
        Some((&limit.policy, limit.level))
    }
}

/// One limit that the requests of a route meet.
pub(crate) struct Limit {
    policy: Policy,
    by: Box<[Dimension]>,
    one_key: Option<OneKey>,
    when_missing: WhenMissing,
    cost: Cost,
    force: Force,
    level: Level,
    metrics: Arc<LimitMetrics>,
}

/// How much of a limit a request takes.
enum Cost {
    Fixed(u64),
    Settled { header: HeaderName, reserve: u64 },
}

impl Cost {
    /// What is taken before the integration runs.
    fn first(&self) -> u64 {
        match self {
            Self::Fixed(cost) | Self::Settled { reserve: cost, .. } => *cost,
        }
    }
}

/// What a limit does to those it denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Force {
    /// Refuses them, for this share of the keys in 100.
    Enforced(u8),
    /// Counts them among the requests that are admitted.
    Shadow,
    /// Counts them among all requests.
    WhatIf,
}

/// Where a limit is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Api,
    Route,
    /// The usage plan of the caller's API key.
    Plan,
}

impl Level {
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Route => "route",
            Self::Plan => "plan",
        }
    }
}
