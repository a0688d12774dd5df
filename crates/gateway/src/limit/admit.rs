//! Asks the limit engine whether a request may pass: every limit it meets, in one decision.

use limits::{
    Answer, Ask, Decision, Key, Limits, MOST_ASKS, Permit, Policy, Reply, Standing, Verdict,
};
use model::{Now, Rule};
use tokio::task::JoinError;

use super::key::Keyed;
use super::key_name::{KeyName, KeyNames};
use super::{Added, Asked, Force, Limit, watch};
use crate::call::Call;
use crate::metrics::LimitMetrics;
use crate::plan::RoutePlan;
use crate::refusal::Refusal;
use crate::worker::Worker;

/// Admits the request or says when to come back; either way the call knows where it stands, and
/// holds the slots it was given until it ends.
pub(crate) async fn admit(
    worker: &Worker,
    route: &RoutePlan,
    call: &mut Call,
) -> Result<(), Refusal> {
    let limits = &route.limits;
    if limits.enforced.is_empty() && limits.watched.is_empty() && call.added.is_empty() {
        return Ok(());
    }
    let now = Now { moment: call.started, timestamp: call.at() };
    let mut asked = Asked::nothing(now);
    let may_hold_slots = limits.holds_slots || !call.added.is_empty();
    let answer = match ask(worker, route, call, &mut asked) {
        Ok(answer) => answer,
        Err(refusal) => {
            if limits.refuses_not_all {
                watch::ask_of_refused(worker, route, call, now);
            }
            return Err(refusal);
        }
    };
    (asked.decision, asked.permit) = match answer {
        Reply::Now(decision) => {
            let holds_slots = may_hold_slots && decision.is_allowed();
            let slots = if holds_slots { permit(worker, route, call, &asked) } else { None };
            (decision, slots)
        }
        later @ Reply::Later(_) if may_hold_slots => {
            decided(later, permit(worker, route, call, &asked)).await
        }
        later @ Reply::Later(_) => (later.await, None),
    };
    asked.is_allowed = asked.decision.is_allowed();
    count(worker, route, call, &asked);
    match (limits.refuses_not_all, asked.is_allowed) {
        (false, _) => {}
        (true, true) => watch::ask_of_admitted(worker, route, call, now),
        (true, false) => watch::ask_of_refused(worker, route, call, now),
    }
    let refused = if asked.is_allowed { None } else { refusal(route, call, &asked) };
    call.asked = Some(asked);
    refused.map_or(Ok(()), Err)
}

/// What a store decides, and the slots if it gave any. Should the request's client go before, they go
/// back as soon as they are given.
async fn decided(answer: Answer, slots: Option<Permit>) -> (Decision, Option<Permit>) {
    let task = tokio::task::spawn_local(async move {
        let decision = answer.await;
        match slots {
            Some(slots) if !decision.is_allowed() => {
                slots.disclaim();
                (decision, None)
            }
            slots => (decision, slots),
        }
    });
    match task.await.map_err(JoinError::try_into_panic) {
        Ok(both) => both,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // Only the end of its worker ends a task early, and this request with it.
        Err(Err(_)) => std::future::pending().await,
    }
}

/// Has the route's limits and those that the request brings along decided together.
fn ask(
    worker: &Worker,
    route: &RoutePlan,
    call: &Call,
    asked: &mut Asked,
) -> Result<Answer, Refusal> {
    let limits = &*worker.shared.dependencies.limits;
    let seed = limits.seed();
    let Some(first) = route.limits.enforced.first() else {
        return Ok(ask_added(limits, call, asked.taken));
    };
    let names = KeyNames { limits: &route.limits.enforced, call };
    let mut asks = [Ask::one(&first.policy, Key::from_hash(0)).named(&names); MOST_ASKS];
    for (position, limit) in route.limits.enforced.iter().enumerate() {
        match limit.key(seed, call) {
            Keyed::As(key) if is_enforced(worker, limit, call) => {
                let ask = &mut asks[asked.len()];
                (ask.policy, ask.key, ask.cost) = (&limit.policy, key, limit.cost.first());
                asked.push(position, key);
            }
            Keyed::Refused if is_enforced(worker, limit, call) => {
                let key = limit.key_of_unidentified(seed, call);
                let name = || KeyName { limit, call, key }.to_string();
                limit.metrics.denied(worker.index, key, call.at(), name);
                return Err(Refusal::Unidentified { limit: u8::try_from(position).ok() });
            }
            Keyed::As(_) | Keyed::NotAtAll | Keyed::Refused => {}
        }
    }
    let mut count = asked.len();
    for (slot, added) in asks[count..].iter_mut().zip(&call.added) {
        *slot = added.ask();
        count += 1;
    }
    Ok(decide(limits, &asks[..count], asked.taken))
}

/// Of a route without limits of its own.
fn ask_added(limits: &dyn Limits, call: &Call, now: Now) -> Answer {
    let asks: Vec<_> = call.added.iter().map(Added::ask).collect();
    decide(limits, &asks, now)
}

fn decide(limits: &dyn Limits, asks: &[Ask<'_>], now: Now) -> Answer {
    if asks.is_empty() {
        return Reply::Now(Decision::with(0, |_| Standing::default()));
    }
    limits.decide(asks, now)
}

/// While a limit is rolled out, it refuses some of the callers only.
pub(super) fn is_enforced(worker: &Worker, limit: &Limit, call: &Call) -> bool {
    match limit.force {
        Force::Enforced(100..) => true,
        Force::Enforced(percent) => limit.is_among(percent, &worker.shared.rollout, call),
        Force::Shadow | Force::WhatIf => false,
    }
}

/// What was denied by another limit counts as nothing here: it took nothing.
fn count(worker: &Worker, route: &RoutePlan, call: &Call, asked: &Asked) {
    let index = worker.index;
    let is_allowed = asked.is_allowed;
    let (own, added) = asked.decision.standings().split_at(asked.len());
    for ((limit, key), standing) in asked.limits(route).zip(own) {
        if standing.is_violated() {
            let name = || KeyName { limit, call, key }.to_string();
            limit.metrics.denied(index, key, call.at(), name);
        } else if is_allowed {
            count_allowed(&limit.metrics, index, standing, &limit.policy);
        }
    }
    for (limit, standing) in call.added.iter().zip(added) {
        if standing.is_violated() {
            limit.metrics.denied(index, limit.key, call.at(), || limit.name.to_string());
        } else if is_allowed {
            count_allowed(&limit.metrics, index, standing, &limit.policy);
        }
    }
}

fn count_allowed(metrics: &LimitMetrics, worker: usize, standing: &Standing, policy: &Policy) {
    let is_near = standing.remaining.saturating_mul(5) <= policy.limit();
    if is_near { metrics.near(worker) } else { metrics.allowed(worker) }
}

/// Names the limit that frees last.
fn refusal(route: &RoutePlan, call: &Call, asked: &Asked) -> Option<Refusal> {
    let denied_by = asked.decision.denied_by()?;
    let (policy, _, standing) = asked.standings(route, &call.added).nth(denied_by)?;
    let retry_after = standing.retry_in();
    Some(match (standing.verdict(), policy.rule()) {
        (Verdict::Unknown, _) => Refusal::LimitUnknown { retry_after },
        (Verdict::Exhausted, Rule::Quota { .. }) => Refusal::QuotaExceeded { retry_after },
        _ => Refusal::Throttled { retry_after },
    })
}

/// The slots of concurrency that the request holds from now on.
fn permit(worker: &Worker, route: &RoutePlan, call: &Call, asked: &Asked) -> Option<Permit> {
    let own = asked
        .limits(route)
        .map(|(limit, key)| Ask::one(&limit.policy, key).cost(limit.cost.first()));
    let all = own.chain(call.added.iter().map(Added::ask));
    let slots: Vec<_> = all.filter(|ask| ask.policy.counts_slots()).collect();
    let dependencies = &worker.shared.dependencies;
    Permit::of(&dependencies.limits, &dependencies.clock, &slots, asked.taken)
}
