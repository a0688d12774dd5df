//! API keys and usage plans: finds out whose key a request carries and which limits its plan adds,
//! and counts what was admitted.

mod adjust;
mod days;
mod keyring;
mod mine;
mod plan;
mod tally;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use http::header::HeaderName;
use model::{ApiKey, ApiKeyId, Day, UsagePlanName};

use crate::call::Call;
use crate::limit::Added;
use crate::plan::RoutePlan;
use crate::refusal::Refusal;
use crate::worker::Worker;
use keyring::Keyring;
use tally::Tally;

pub use adjust::{AdjustError, PlanStanding};
pub(crate) use mine::answer;
pub(crate) use plan::{Plans, RouteUsage};

pub(crate) static X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// How many requests of a key were admitted under a plan on one day of the plan's time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageFigure {
    pub key: ApiKeyId,
    pub plan: UsagePlanName,
    pub day: Day,
    /// The whole day's so far.
    pub admitted: u64,
}

/// What all workers share of keys and their usage.
#[derive(Default)]
pub(crate) struct Usage {
    keyring: ArcSwap<Keyring>,
    /// Every tally there ever was, so that a key that comes back counts on. Not on the request path.
    tallies: Mutex<BTreeMap<(ApiKeyId, UsagePlanName), Arc<Tally>>>,
}

impl Usage {
    /// Makes these the keys that exist, from the next request on.
    pub(crate) fn set_keys(&self, keys: &[ApiKey]) {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let keyring = Keyring::of(keys, |id, plan| {
            Arc::clone(tallies.entry((id.clone(), plan.clone())).or_default())
        });
        self.keyring.store(Arc::new(keyring));
    }

    pub(crate) fn figures(&self) -> Vec<UsageFigure> {
        let tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let figures = tallies.iter().flat_map(|((key, plan), tally)| {
            tally.figures().map(|(day, admitted)| {
                let (key, plan) = (key.clone(), plan.clone());
                UsageFigure { key, plan, day, admitted }
            })
        });
        figures.collect()
    }

    /// Counts on from these figures.
    pub(crate) fn restore(&self, figures: &[UsageFigure]) {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        for figure in figures {
            let tally = tallies.entry((figure.key.clone(), figure.plan.clone())).or_default();
            tally.restore(figure.day, figure.admitted);
        }
    }
}

/// Whose key a request carries, and under which plan it is counted.
pub(crate) struct Counted {
    tally: Arc<Tally>,
    plan: Arc<plan::CompiledPlan>,
}

/// Lets in who has a key where the route asks for one; the plan's limits are then decided together
/// with the route's.
pub(crate) fn identify(worker: &Worker, route: &RoutePlan, call: &mut Call) -> Result<(), Refusal> {
    let Some(usage) = &route.usage else {
        return Ok(());
    };
    let keyring = worker.shared.usage.keyring.load();
    let caller = keyring.find(value(call)?, call.at()).ok_or(Refusal::Forbidden)?;
    let (membership, good) = caller.plan_among(&usage.plans).ok_or(Refusal::Forbidden)?;
    let seed = worker.shared.dependencies.limits.seed();
    call.added.extend(good.limits.iter().map(|limit| Added {
        policy: limit.policy.clone(),
        key: limit.key(seed, &caller.id),
        cost: 1,
        name: Arc::clone(&caller.text),
        metrics: Arc::clone(&limit.metrics),
    }));
    call.identity.api_key = Some(Arc::clone(&caller.id));
    let (tally, plan) = (Arc::clone(&membership.tally), Arc::clone(&good.plan));
    call.counted = Some(Counted { tally, plan });
    Ok(())
}

/// The value that the request calls with. Of several, which one counts would depend on who reads them.
fn value(call: &Call) -> Result<&[u8], Refusal> {
    let mut all = call.headers(&X_API_KEY);
    match (all.next(), all.next()) {
        (None, _) => Err(Refusal::Forbidden),
        (Some(value), None) => Ok(value.as_bytes()),
        (Some(_), Some(_)) => Err(Refusal::Unidentified { limit: None }),
    }
}

/// Counts a request that its limits have admitted.
pub(crate) fn count(call: &Call) {
    if let Some(Counted { tally, plan }) = &call.counted {
        tally.count(plan.days.of(call.at()));
    }
}
