//! Usage plans, compiled: the limits that each adds to the requests of a route.

use std::collections::BTreeMap;
use std::sync::Arc;

use limits::{Key, Policy, Seed};
use model::{Api, PlanRate, Route, Rule, Stack, UsagePlan, UsagePlanName};

use super::days::Days;
use crate::gateway::InstallError;
use crate::metrics::{LimitMetrics, Metrics};

/// Every plan of a stack.
#[derive(Default)]
pub(crate) struct Plans(BTreeMap<UsagePlanName, Arc<CompiledPlan>>);

pub(crate) struct CompiledPlan {
    pub(super) name: UsagePlanName,
    pub(super) days: Days,
    rate: Option<PlanLimit>,
    pub(super) quota: Option<PlanLimit>,
    concurrency: Option<PlanLimit>,
    routes: Vec<OwnRate>,
}

/// A route's rate instead of the plan's.
struct OwnRate {
    api: String,
    route: String,
    limit: PlanLimit,
}

/// One limit of a plan, counted for each key.
#[derive(Clone)]
pub(crate) struct PlanLimit {
    pub(crate) policy: Policy,
    pub(crate) metrics: Arc<LimitMetrics>,
}

/// What a route that asks for a key needs to know of plans.
pub(crate) struct RouteUsage {
    /// Those that are good for its API.
    pub(super) plans: Box<[GoodPlan]>,
}

pub(super) struct GoodPlan {
    pub(super) plan: Arc<CompiledPlan>,
    /// In API Gateway's order: the rate of the route or of the plan, then the others.
    pub(super) limits: Box<[PlanLimit]>,
}

impl PlanLimit {
    fn new(
        plan: &UsagePlan,
        name: &str,
        rule: Rule,
        metrics: &Metrics,
    ) -> Result<Self, InstallError> {
        let scope = format!("usage plan {}", plan.name);
        let policy = Policy::new(&scope, name, rule)
            .map_err(|problem| InstallError::Plan { plan: plan.name.clone(), problem })?;
        Ok(Self { policy, metrics: metrics.limit(&scope, name) })
    }

    pub(super) fn key(&self, seed: &Seed, id: &str) -> Key {
        seed.key(&self.policy).text(id.as_bytes()).finish()
    }
}

impl CompiledPlan {
    fn compile(plan: &UsagePlan, metrics: &Metrics) -> Result<Self, InstallError> {
        let limit = |name: &str, rule| PlanLimit::new(plan, name, rule, metrics);
        let quota = plan.quota.as_ref();
        let slots = plan.concurrency.map(|slots| Rule::Concurrency { slots });
        let mut routes = Vec::new();
        for covered in &plan.apis {
            for (route, rate) in &covered.routes {
                let name = format!("{}-{}-{}", plan.name, covered.api, slug(route));
                let limit = limit(&name, rate.rule())?;
                routes.push(OwnRate { api: covered.api.to_string(), route: route.clone(), limit });
            }
        }
        let rule = |rate: &PlanRate| rate.rule();
        Ok(Self {
            name: plan.name.clone(),
            days: Days::of_zone(plan.zone()),
            rate: plan.rate.as_ref().map(rule).map(|r| limit(plan.name.as_str(), r)).transpose()?,
            quota: quota.map(|q| limit(&format!("{}-quota", plan.name), q.rule())).transpose()?,
            concurrency: slots
                .map(|rule| limit(&format!("{}-concurrency", plan.name), rule))
                .transpose()?,
            routes,
        })
    }

    fn limits_of(&self, api: &str, route: &str) -> Box<[PlanLimit]> {
        let own = self.routes.iter().find(|own| own.api == api && own.route == route);
        let rate = own.map(|own| &own.limit).or(self.rate.as_ref());
        [rate, self.quota.as_ref(), self.concurrency.as_ref()]
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// Every limit of the plan that counts at this API, with the route that it is for.
    pub(super) fn limits_at(&self, api: &str) -> impl Iterator<Item = (Option<&str>, &PlanLimit)> {
        let whole = [&self.rate, &self.quota, &self.concurrency].into_iter().flatten();
        let own = self.routes.iter().filter(move |own| own.api == api);
        whole.map(|limit| (None, limit)).chain(own.map(|own| (Some(&*own.route), &own.limit)))
    }

    pub(super) fn limits(&self) -> impl Iterator<Item = &PlanLimit> {
        let whole = [&self.rate, &self.quota, &self.concurrency].into_iter().flatten();
        whole.chain(self.routes.iter().map(|own| &own.limit))
    }
}

impl Plans {
    pub(crate) fn compile(stack: &Stack, metrics: &Metrics) -> Result<Self, InstallError> {
        let mut plans = BTreeMap::new();
        for (name, plan) in &stack.usage_plans {
            plans.insert(name.clone(), Arc::new(CompiledPlan::compile(plan, metrics)?));
        }
        Ok(Self(plans))
    }

    pub(crate) fn policies(&self) -> impl Iterator<Item = &Policy> {
        self.0.values().flat_map(|plan| plan.limits()).map(|limit| &limit.policy)
    }

    pub(super) fn get(&self, name: &UsagePlanName) -> Option<&Arc<CompiledPlan>> {
        self.0.get(name)
    }

    /// `None` for a route that asks for no key.
    pub(crate) fn of_route(&self, stack: &Stack, api: &Api, route: &Route) -> Option<RouteUsage> {
        if !route.api_key_required {
            return None;
        }
        Some(RouteUsage { plans: self.good_for(stack, api, &route.key()) })
    }

    fn good_for(&self, stack: &Stack, api: &Api, route: &str) -> Box<[GoodPlan]> {
        let good = self.0.values().filter(|compiled| {
            stack.usage_plans.get(&compiled.name).is_some_and(|plan| plan.api(&api.name).is_some())
        });
        let good = good.map(|plan| GoodPlan {
            plan: Arc::clone(plan),
            limits: plan.limits_of(api.name.as_str(), route),
        });
        good.collect()
    }

    /// The plans that are good somewhere in the API.
    pub(crate) fn of_api(&self, stack: &Stack, api: &Api) -> RouteUsage {
        RouteUsage { plans: self.good_for(stack, api, "") }
    }
}

/// `POST /results/{id}` is `post-results-id`.
fn slug(route: &str) -> String {
    let words = route.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}
