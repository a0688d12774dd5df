//! Slots of concurrency held by a request under way.

use std::fmt;
use std::sync::Arc;

use model::{Clock, Now};

use crate::{Ask, Key, Limits, Policy};

/// Frees the slots it holds when it is dropped, however the request ends.
#[must_use]
pub struct Permit {
    limits: Arc<dyn Limits>,
    clock: Arc<dyn Clock>,
    taken: Now,
    held: Vec<(Policy, Key, u64)>,
}

impl Permit {
    /// What `asks` hold after they were allowed at `taken`; nothing when none counts concurrency.
    pub fn of(
        limits: &Arc<dyn Limits>,
        clock: &Arc<dyn Clock>,
        asks: &[Ask<'_>],
        taken: Now,
    ) -> Option<Self> {
        let slots = asks.iter().filter(|ask| ask.policy.counts_slots());
        let held: Vec<_> = slots.map(|ask| (ask.policy.clone(), ask.key, ask.cost)).collect();
        let is_held = !held.is_empty();
        is_held.then(|| Self { limits: Arc::clone(limits), clock: Arc::clone(clock), taken, held })
    }
}

impl Permit {
    /// Frees nothing, since the asks were denied.
    pub fn disclaim(mut self) {
        self.held.clear();
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let now = self.clock.now();
        for (policy, key, cost) in &self.held {
            self.limits.refund(&[Ask::one(policy, *key).cost(*cost)], self.taken, now);
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.held.iter().map(|(policy, ..)| policy.name());
        f.debug_list().entries(names).finish()
    }
}
