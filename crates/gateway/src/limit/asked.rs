//! What the limits said about one request, kept until its answer ends.

use std::sync::Arc;

use limits::{Ask, Decision, Key, MOST_ASKS, Permit, Policy, Standing};
use model::Now;

use super::{Level, Limit};
use crate::metrics::LimitMetrics;
use crate::plan::RoutePlan;

/// A limit that a request brings along, as a usage plan's: it is decided together with its route's.
/// Whoever finds out about it fills `Call::added` before the limits are decided.
pub(crate) struct Added {
    pub(crate) policy: Policy,
    pub(crate) key: Key,
    pub(crate) cost: u64,
    /// What the key stands for.
    pub(crate) name: Arc<str>,
    pub(crate) metrics: Arc<LimitMetrics>,
}

impl Added {
    pub(super) fn ask(&self) -> Ask<'_> {
        Ask::one(&self.policy, self.key).cost(self.cost).named(&self.name)
    }
}

/// What was asked for a request, what was answered, and what the request holds since.
pub(crate) struct Asked {
    /// Positions in the route's enforced limits; those added follow.
    which: [u8; MOST_ASKS],
    keys: [Key; MOST_ASKS],
    count: usize,
    pub(super) taken: Now,
    pub(crate) decision: Decision,
    pub(super) is_allowed: bool,
    /// Slots of concurrency.
    pub(super) permit: Option<Permit>,
}

impl Asked {
    pub(super) fn nothing(taken: Now) -> Self {
        Self {
            which: [0; MOST_ASKS],
            keys: [Key::from_hash(0); MOST_ASKS],
            count: 0,
            taken,
            decision: Decision::with(0, |_| Standing::default()),
            is_allowed: true,
            permit: None,
        }
    }

    pub(super) fn push(&mut self, position: usize, key: Key) {
        self.which[self.count] = u8::try_from(position).unwrap_or(u8::MAX);
        self.keys[self.count] = key;
        self.count += 1;
    }

    /// The route's limits that were asked, with the keys, in the order of the decision.
    pub(super) fn limits<'a>(
        &'a self,
        route: &'a RoutePlan,
    ) -> impl Iterator<Item = (&'a Limit, Key)> {
        let asked = self.which[..self.count].iter().zip(&self.keys);
        asked.map(|(position, key)| (&route.limits.enforced[usize::from(*position)], *key))
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Where the request stands under each limit, in the order of the decision.
    pub(crate) fn standings<'a>(
        &'a self,
        route: &'a RoutePlan,
        added: &'a [Added],
    ) -> impl Iterator<Item = (&'a Policy, Level, &'a Standing)> {
        let own = self.limits(route).map(|(limit, _)| (&limit.policy, limit.level));
        let all = own.chain(added.iter().map(|added| (&added.policy, Level::Plan)));
        all.zip(self.decision.standings())
            .map(|((policy, level), standing)| (policy, level, standing))
    }
}
