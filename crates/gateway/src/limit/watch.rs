//! Limits that refuse nobody: shadows, candidates, and limits being rolled out where they are not
//! enforced yet. Each is asked for itself, on counters of its own.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use http::HeaderName;
use limits::{Ask, Decision, Key, Permit, Policy, Reply};
use model::Now;

use super::admit::is_enforced;
use super::key::Keyed;
use super::key_name::{KeyName, KeyNames};
use super::{Cost, Force, Limit};
use crate::call::Call;
use crate::gateway::Dependencies;
use crate::metrics::LimitMetrics;
use crate::plan::RoutePlan;
use crate::worker::Worker;

/// Counts what each of them would have done with a request that is refused. An answer that a store still
/// owes is waited for aside.
pub(super) fn ask_of_refused(worker: &Worker, route: &RoutePlan, call: &mut Call, now: Now) {
    for limit in route.limits.watched.iter().filter(|limit| limit.force == Force::WhatIf) {
        one(worker, limit, call, now);
    }
}

/// The same of a request that is admitted.
pub(super) fn ask_of_admitted(worker: &Worker, route: &RoutePlan, call: &mut Call, now: Now) {
    for limit in &route.limits.watched {
        one(worker, limit, call, now);
    }
    for limit in &route.limits.enforced {
        let is_rolled_out = matches!(limit.force, Force::Enforced(100..));
        if !is_rolled_out && !is_enforced(worker, limit, call) {
            one(worker, limit, call, now);
        }
    }
}

fn one(worker: &Worker, limit: &Limit, call: &mut Call, now: Now) {
    let dependencies = &worker.shared.dependencies;
    let seed = dependencies.limits.seed();
    let key = match limit.key(seed, call) {
        Keyed::As(key) => key,
        Keyed::NotAtAll => return,
        Keyed::Refused => {
            let key = limit.key_of_unidentified(seed, call);
            let name = || KeyName { limit, call, key }.to_string();
            return limit.metrics.would_deny(worker.index, key, call.at(), name);
        }
    };
    let cost = limit.cost.first();
    let reply = {
        let name = KeyNames { limits: std::slice::from_ref(limit), call };
        let ask = Ask::one(&limit.policy, key).cost(cost).named(&name);
        dependencies.limits.decide(&[ask], now)
    };
    let given = gives_back(limit, call, key);
    match reply {
        Reply::Now(decision) => {
            record(worker.index, limit, call, key, &decision);
            if let Some(given) = given {
                let (limits, clock) = (&dependencies.limits, &dependencies.clock);
                let ask = Ask::one(&limit.policy, key).cost(cost);
                given.decided(&decision, || Permit::of(limits, clock, &[ask], now));
            }
        }
        later @ Reply::Later(_) => {
            let pending = Pending {
                worker: worker.index,
                metrics: Arc::clone(&limit.metrics),
                key,
                now,
                name: KeyName { limit, call, key }.to_string(),
                giving: given.map(|given| Giving {
                    given,
                    policy: limit.policy.clone(),
                    cost,
                    dependencies: dependencies.clone(),
                }),
            };
            tokio::task::spawn_local(async move { pending.record(&later.await) });
        }
    }
}

/// A limit that refuses nobody, from which a request has something that it gives back or settles.
pub(crate) struct Watched {
    given: Rc<Given>,
    pub(super) cost: Option<Unsettled>,
}

/// A cost that the answer will say.
pub(super) struct Unsettled {
    pub(super) policy: Policy,
    pub(super) key: Key,
    pub(super) header: HeaderName,
    pub(super) reserve: u64,
}

/// What a request got. A store may decide when the request has ended: then whatever it gave goes back
/// at once, with the last of the two that know of it.
#[derive(Default)]
struct Given {
    is_taken: Cell<bool>,
    slot: Cell<Option<Permit>>,
}

impl Given {
    fn decided(&self, decision: &Decision, slot: impl FnOnce() -> Option<Permit>) {
        if decision.is_allowed() {
            self.is_taken.set(true);
            self.slot.set(slot());
        }
    }
}

impl Watched {
    /// A store that is slower than the answer leaves it at the reserve.
    pub(super) fn is_taken(&self) -> bool {
        self.given.is_taken.get()
    }
}

/// Keeps a place for what the limit gives, if that is not for good.
fn gives_back(limit: &Limit, call: &mut Call, key: Key) -> Option<Rc<Given>> {
    let cost = match &limit.cost {
        Cost::Settled { header, reserve } => Some(Unsettled {
            policy: limit.policy.clone(),
            key,
            header: header.clone(),
            reserve: *reserve,
        }),
        Cost::Fixed(_) if !limit.policy.counts_slots() => return None,
        Cost::Fixed(_) => None,
    };
    let given = Rc::<Given>::default();
    call.watched.push(Watched { given: Rc::clone(&given), cost });
    Some(given)
}

fn record(worker: usize, limit: &Limit, call: &Call, key: Key, decision: &Decision) {
    let metrics = &limit.metrics;
    if decision.is_allowed() {
        metrics.would_allow(worker);
    } else {
        metrics.would_deny(worker, key, call.at(), || KeyName { limit, call, key }.to_string());
    }
}

/// A decision that is still to come.
struct Pending {
    worker: usize,
    metrics: Arc<LimitMetrics>,
    key: Key,
    now: Now,
    name: String,
    giving: Option<Giving>,
}

/// What the request gets if the decision is in its favour.
struct Giving {
    given: Rc<Given>,
    policy: Policy,
    cost: u64,
    dependencies: Dependencies,
}

impl Pending {
    fn record(self, decision: &Decision) {
        let Self { worker, metrics, key, now, name, giving } = self;
        if decision.is_allowed() {
            metrics.would_allow(worker);
        } else {
            metrics.would_deny(worker, key, now.timestamp, || name);
        }
        if let Some(Giving { given, policy, cost, dependencies }) = giving {
            let Dependencies { limits, clock, .. } = dependencies;
            let ask = Ask::one(&policy, key).cost(cost);
            given.decided(decision, || Permit::of(&limits, &clock, &[ask], now));
        }
    }
}
