//! Limits as people look at them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use model::Timestamp;

use crate::local::Named;
use crate::{Ask, Key, Name, Policy};

/// Which keys to show.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Look {
    /// Of names to show; all when empty.
    pub prefix: String,
    /// The least share of its limit that a key has used, 0 to 1.
    pub near: f64,
    /// How many to show; all when nothing.
    pub top: Option<usize>,
    /// The limits that hold now; when nothing, those that keys were last seen under.
    pub in_force: Option<InForce>,
    /// Whether to show keys, too, that have used nothing and are not paused.
    pub with_idle: bool,
}

/// Policies by their identity. Which hold changes while a process runs, and what was counted stays.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InForce(Arc<HashMap<u64, Policy>>);

impl FromIterator<Policy> for InForce {
    fn from_iter<T: IntoIterator<Item = Policy>>(policies: T) -> Self {
        let by_identity = policies.into_iter().map(|policy| (policy.identity(), policy));
        Self(Arc::new(by_identity.collect()))
    }
}

impl InForce {
    /// What a limit has become whose rule was changed; nothing while it holds as it was, or no more.
    pub fn successor(&self, of: &Policy) -> Option<&Policy> {
        self.successor_of(of.parts().limit, of.identity())
    }

    pub(crate) fn successor_of(&self, limit: u64, identity: u64) -> Option<&Policy> {
        if self.0.contains_key(&identity) {
            return None;
        }
        self.0.values().find(|policy| policy.parts().limit == limit)
    }
}

/// Where one key stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub policy: Policy,
    pub key: Key,
    pub name: Name,
    /// More than `limit` when overdrawn.
    pub used: u64,
    pub limit: u64,
    pub remaining: u64,
    /// Until every permit is back.
    pub full_in: Duration,
    pub paused_until: Option<Timestamp>,
}

impl Entry {
    /// The key of the same caller under another rule of the same limit.
    pub fn key_under(&self, policy: &Policy) -> Key {
        self.key.under(policy, self.policy.identity())
    }

    /// For [`crate::Limits::pause`] and the like.
    pub fn ask(&self) -> Ask<'_> {
        Ask::one(&self.policy, self.key).named(&self.name)
    }

    /// The share of the limit that is used: 0 to 1, more when overdrawn.
    #[expect(clippy::cast_precision_loss, reason = "limits stay below 2^53")]
    pub fn share(&self) -> f64 {
        self.used as f64 / self.limit.max(1) as f64
    }

    /// Whether a request that asks for this key is denied now. A limit that only counts refuses nobody.
    pub fn is_throttled(&self) -> bool {
        self.remaining == 0 || self.paused_until.is_some()
    }
}

impl Look {
    /// The key under the policy that holds for it now; nothing when none does.
    pub fn now(&self, named: Named) -> Option<Named> {
        if self.in_force.is_none() {
            return Some(named);
        }
        let policy = self.policy(named.policy.identity())?.clone();
        Some(Named { policy, ..named })
    }

    /// The policy of this identity, if this look knows which hold and it is one of them.
    pub fn policy(&self, identity: u64) -> Option<&Policy> {
        let InForce(policies) = self.in_force.as_ref()?;
        policies.get(&identity)
    }

    pub fn shows(&self, entry: &Entry) -> bool {
        let matters = self.with_idle || entry.used > 0 || entry.paused_until.is_some();
        matters && entry.name.text.starts_with(&self.prefix) && entry.share() >= self.near
    }

    /// Sorts what this look shows and cuts it to size.
    pub fn arrange(&self, entries: &mut Vec<Entry>) {
        entries.retain(|entry| self.shows(entry));
        entries.sort_by(|a, b| {
            let paused = b.paused_until.is_some().cmp(&a.paused_until.is_some());
            paused.then(b.share().total_cmp(&a.share())).then_with(|| a.name.text.cmp(&b.name.text))
        });
        entries.truncate(self.top.unwrap_or(usize::MAX));
    }
}
