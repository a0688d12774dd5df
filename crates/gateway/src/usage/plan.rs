//! Usage plans, compiled: the limits that each adds to the requests of a route.

use std::collections::{BTreeMap, BTreeSet};
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
    /// Rates of single routes instead of its own.
    routes: Vec<PlanLimit>,
}

/// One limit of a plan, counted for each key.
#[derive(Clone)]
pub(crate) struct PlanLimit {
    pub(crate) policy: Policy,
    pub(crate) metrics: Arc<LimitMetrics>,
    /// API and route that it is for, where it is not the plan's own.
    of: Option<Arc<(String, String)>>,
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
        Ok(Self { policy, metrics: metrics.limit(&scope, name), of: None })
    }

    fn of_route(self, api: &str, route: &str) -> Self {
        Self { of: Some(Arc::new((api.to_owned(), route.to_owned()))), ..self }
    }

    fn is_at(&self, api: &str) -> bool {
        self.of.as_ref().is_some_and(|of| of.0 == api)
    }

    fn route(&self) -> Option<&str> {
        self.of.as_ref().map(|of| &*of.1)
    }

    /// A route's own rate is counted under the route, whatever it is called: its name may become another's.
    pub(super) fn key(&self, seed: &Seed, id: &str) -> Key {
        let mut key = seed.key(&self.policy);
        if let Some((api, route)) = self.of.as_deref() {
            key = key.text(api.as_bytes()).text(route.as_bytes());
        }
        key.text(id.as_bytes()).finish()
    }
}

impl CompiledPlan {
    fn compile(plan: &UsagePlan, metrics: &Metrics) -> Result<Self, InstallError> {
        let limit = |name: &str, rule| PlanLimit::new(plan, name, rule, metrics);
        let quota = plan.quota.as_ref();
        let slots = plan.concurrency.map(|slots| Rule::Concurrency { slots });
        let mut routes = Vec::new();
        let mut names = Names::default();
        for covered in &plan.apis {
            for (route, rate) in &covered.routes {
                let name = names.one(&format!("{}-{}-{}", plan.name, covered.api, slug(route)));
                let own = limit(&name, rate.rule())?;
                routes.push(own.of_route(covered.api.as_str(), route));
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
        let own = self.routes.iter().find(|own| own.is_at(api) && own.route() == Some(route));
        let rate = own.or(self.rate.as_ref());
        [rate, self.quota.as_ref(), self.concurrency.as_ref()]
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// Every limit of the plan that counts at this API, with the route that it is for.
    pub(super) fn limits_at(&self, api: &str) -> impl Iterator<Item = (Option<&str>, &PlanLimit)> {
        let whole = [&self.rate, &self.quota, &self.concurrency].into_iter().flatten();
        let own = self.routes.iter().filter(move |own| own.is_at(api));
        whole.chain(own).map(|limit| (limit.route(), limit))
    }

    pub(super) fn limits(&self) -> impl Iterator<Item = &PlanLimit> {
        let whole = [&self.rate, &self.quota, &self.concurrency].into_iter().flatten();
        whole.chain(&self.routes)
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
        self.limits().map(|(policy, _)| policy)
    }

    /// Every limit, with the route that it is for, if it is for one alone.
    pub(crate) fn limits(&self) -> impl Iterator<Item = (&Policy, Option<&str>)> {
        let all = self.0.values().flat_map(|plan| plan.limits());
        all.map(|limit| (&limit.policy, limit.route()))
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

/// Names of routes' own rates, by which clients and metrics tell them apart. The plan's other names have one
/// word after the plan's, and these three at least.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    /// Numbered when it is taken: `POST /a/b` and `POST /a-b` say the same in words.
    fn one(&mut self, name: &str) -> String {
        let mut unique = name.to_owned();
        let mut number = 2;
        while !self.0.insert(unique.clone()) {
            unique = format!("{name}-{number}");
            number += 1;
        }
        unique
    }
}

/// `POST /results/{id}` is `post-results-id`.
fn slug(route: &str) -> String {
    let words = route.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{ApiName, PlanApi, Rate};

    use super::*;

    fn compiled(routes: &[&str]) -> CompiledPlan {
        let rate = Rate { permits: 1, per: Duration::from_hours(1) };
        let own = |route: &&str| ((*route).to_owned(), PlanRate { rate, burst: 2 });
        let api = |name| PlanApi {
            api: ApiName::parse(name).expect("a name"),
            routes: routes.iter().map(own).collect(),
        };
        let plan = UsagePlan {
            name: UsagePlanName::parse("web").expect("a name"),
            apis: vec![api("a"), api("a-get")],
            rate: None,
            quota: None,
            concurrency: None,
        };
        CompiledPlan::compile(&plan, &Metrics::new(1)).expect("a plan")
    }

    fn key(plan: &CompiledPlan, api: &str, route: &str) -> Key {
        let limits = plan.limits_of(api, route);
        limits.first().expect("a limit").key(&Seed::new([1, 2]), "key")
    }

    #[test]
    fn routes_of_the_same_words_are_told_apart() {
        let routes = ["GET /a-b", "GET /a/b", "GET /get-a-b", "GET /items/id", "GET /items/{id}"];
        let plan = compiled(&routes);
        let names: BTreeSet<_> = plan.limits().map(|limit| limit.policy.name()).collect();
        assert_eq!(names.len(), 2 * routes.len(), "{names:?}");
        let names: Vec<_> =
            plan.limits_at("a").map(|(route, l)| (route, l.policy.name())).collect();
        let expected = [
            (Some("GET /a-b"), "web-a-get-a-b"),
            (Some("GET /a/b"), "web-a-get-a-b-2"),
            (Some("GET /get-a-b"), "web-a-get-get-a-b"),
            (Some("GET /items/id"), "web-a-get-items-id"),
            (Some("GET /items/{id}"), "web-a-get-items-id-2"),
        ];
        assert_eq!(names, expected);
        let keys: BTreeSet<_> = ["a", "a-get"]
            .iter()
            .flat_map(|api| routes.map(|route| key(&plan, api, route).hash()))
            .collect();
        assert_eq!(keys.len(), 2 * routes.len());
    }

    /// Without the first, the second has its name, and not what it had counted.
    #[test]
    fn a_name_that_becomes_another_routes_counts_anew() {
        let (before, after) = (compiled(&["GET /a-b", "GET /a/b"]), compiled(&["GET /a/b"]));
        let name =
            |plan: &CompiledPlan, route| plan.limits_of("a", route)[0].policy.name().to_owned();
        assert_eq!(name(&after, "GET /a/b"), name(&before, "GET /a-b"));
        assert_ne!(key(&after, "a", "GET /a/b"), key(&before, "a", "GET /a-b"));
    }
}
