//! Limits that refuse nobody: shadows, candidates, and limits being rolled out where they are not
//! enforced yet. Each is asked for itself, on counters of its own.

use std::sync::Arc;

use limits::{Ask, Decision, Key, Permit, Reply};
use model::Now;

use super::admit::is_enforced;
use super::key::{KeyName, Keyed};
use super::{Force, Limit};
use crate::call::Call;
use crate::metrics::LimitMetrics;
use crate::plan::RoutePlan;
use crate::worker::Worker;

/// Counts what each of them would have done. An answer that a store still owes is waited for aside.
pub(super) fn ask(
    worker: &Worker,
    route: &RoutePlan,
    call: &mut Call,
    now: Now,
    is_admitted: bool,
) {
    for limit in &route.limits.watched {
        if is_admitted || limit.force == Force::WhatIf {
            one(worker, limit, call, now);
        }
    }
    if !is_admitted {
        return;
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
    // Without what it counts by, a shadow has nobody to count.
    let Keyed::As(key) = limit.key(dependencies.limits.seed(), call) else {
        return;
    };
    let reply = {
        let name = KeyName { limit, call };
        let ask = Ask::one(&limit.policy, key).cost(limit.cost.first()).named(&name);
        dependencies.limits.decide(&[ask], now)
    };
    match reply {
        Reply::Now(decision) => {
            record(worker.index, limit, call, key, &decision);
            let holds_slot = limit.policy.counts_slots();
            if holds_slot && decision.is_allowed() {
                let ask = Ask::one(&limit.policy, key).cost(limit.cost.first());
                let permit = Permit::of(&dependencies.limits, &dependencies.clock, &[ask], now);
                call.watched.extend(permit);
            }
        }
        later @ Reply::Later(_) => {
            let pending = Pending {
                worker: worker.index,
                metrics: Arc::clone(&limit.metrics),
                key,
                at: now.timestamp,
                name: KeyName { limit, call }.to_string(),
            };
            tokio::task::spawn_local(async move { pending.record(&later.await) });
        }
    }
}

fn record(worker: usize, limit: &Limit, call: &Call, key: Key, decision: &Decision) {
    let metrics = &limit.metrics;
    if decision.is_allowed() {
        metrics.would_allow(worker);
    } else {
        metrics.would_deny(worker, key, call.at(), || KeyName { limit, call }.to_string());
    }
}

/// A decision that is still to come.
struct Pending {
    worker: usize,
    metrics: Arc<LimitMetrics>,
    key: Key,
    at: model::Timestamp,
    name: String,
}

impl Pending {
    fn record(self, decision: &Decision) {
        if decision.is_allowed() {
            self.metrics.would_allow(self.worker);
        } else {
            self.metrics.would_deny(self.worker, self.key, self.at, || self.name);
        }
    }
}
