//! What limits did to traffic, for people who look at them.

use model::Timestamp;

use crate::limit::TopKey;
use crate::metrics::{LimitMetrics, Outcome};

/// One limit of one API since the server began.
#[derive(Debug, Clone)]
pub struct LimitReport {
    pub api: String,
    pub policy: String,
    /// Requests that passed it.
    pub allowed: u64,
    /// Those of them that left a fifth of it or less.
    pub near: u64,
    pub denied: u64,
    /// What it would have done, where it refuses nobody.
    pub would_allow: u64,
    pub would_deny: u64,
    pub last_denied: Option<Timestamp>,
    /// Whom it denied most, or would have.
    pub top: Vec<DeniedKey>,
}

/// One key and how often it was denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeniedKey {
    pub name: String,
    pub denied: u64,
    /// By how much `denied` may be too large, where very many keys are denied.
    pub at_most_over: u64,
    pub last: Timestamp,
}

impl LimitReport {
    pub(crate) fn of(api: &str, policy: &str, metrics: &LimitMetrics, most: usize) -> Self {
        let near = metrics.total(Outcome::Near);
        Self {
            api: api.to_owned(),
            policy: policy.to_owned(),
            allowed: metrics.total(Outcome::Allowed) + near,
            near,
            denied: metrics.total(Outcome::Denied),
            would_allow: metrics.total(Outcome::WouldAllow),
            would_deny: metrics.total(Outcome::WouldDeny),
            last_denied: metrics.last_denied(),
            top: metrics.top(most).into_iter().map(DeniedKey::from).collect(),
        }
    }
}

impl From<TopKey> for DeniedKey {
    fn from(key: TopKey) -> Self {
        let TopKey { name, denied, at_most_over, last, .. } = key;
        Self { name, denied, at_most_over, last }
    }
}
