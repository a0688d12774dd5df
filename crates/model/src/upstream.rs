//! An HTTP server behind the gateway.

use std::time::Duration;

use crate::{ProcessName, UpstreamName};

/// The most addresses of one upstream: the gateway keeps those that a request has tried in the bits
/// of one 64-bit word.
pub const MOST_ADDRESSES: usize = 64;

/// One logical server: several addresses that answer alike.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Upstream {
    pub name: UpstreamName,
    /// The process that serves it. Its address is known once it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessName>,
    /// At most [`MOST_ADDRESSES`], and at least one unless a process serves it.
    pub addresses: Vec<UpstreamAddress>,
    pub health: Option<HealthCheck>,
    pub timeouts: UpstreamTimeouts,
    /// Further attempts for a request that is safe to repeat; 0 means one attempt only.
    pub retries: u8,
    /// Consecutive failures after which an address is passed over for a while.
    pub max_failures: u32,
    /// How long it is passed over.
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub eject_for: Duration,
    /// Idle connections kept per address and worker.
    pub keep_alive: usize,
    /// How many requests may be under way to all addresses together; `None` sets no bound.
    pub concurrency: Option<Concurrency>,
}

/// A bound on requests under way, and the line of those that wait for their turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Concurrency {
    pub bound: ConcurrencyBound,
    /// Longest time in the line.
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub wait: Duration,
    /// The most that may wait; 0 turns away at once whoever finds no slot.
    pub queue: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConcurrencyBound {
    Fixed(u32),
    /// Follows how the upstream does, within these bounds.
    Adaptive {
        floor: u32,
        ceiling: u32,
    },
}

/// Where one of an upstream's servers listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize)]
pub struct UpstreamAddress {
    /// Name or literal address; an IPv6 literal without brackets.
    pub host: String,
    pub port: u16,
    /// Put before every path; empty or `/...` without a trailing slash.
    pub base_path: String,
}

/// An active check, so that a dead address is found before a request meets it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct HealthCheck {
    pub path: String,
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub interval: Duration,
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub timeout: Duration,
    /// Consecutive successes that bring an address back.
    pub healthy_after: u32,
    /// Consecutive failures that take it out.
    pub unhealthy_after: u32,
}

/// A bound for each stage of a proxied request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct UpstreamTimeouts {
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub connect: Duration,
    /// From the last byte sent to the first byte of the answer's head.
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub response: Duration,
    /// Longest silence while a body is flowing, either way.
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub idle: Duration,
}

impl Default for UpstreamTimeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            response: Duration::from_secs(30),
            idle: Duration::from_secs(60),
        }
    }
}
