//! Usage plans: where they are good and what they allow.

use std::collections::BTreeMap;

use model::limit::{Period, Zone};
use model::{PlanApi, PlanQuota, PlanRate, Rate, UsagePlan, UsagePlanName};

use super::Scope;
use super::limit::problem::unenforceable;
use crate::manifest;
use crate::problem::{Code, Problem};
use crate::shape::{Map, Permits, Placed, Spanned, Whole, did_you_mean};
use crate::source::Span;

type Burst = Option<Spanned<Whole<1, { u32::MAX as u64 }>>>;

impl Scope<'_> {
    pub(super) fn usage_plans(&mut self) -> BTreeMap<UsagePlanName, UsagePlan> {
        let mut plans = BTreeMap::new();
        for (named, written) in self.manifest.usage_plans.iter().flat_map(Map::readable) {
            let name = named.key.0.clone();
            let plan = UsagePlan {
                name: name.clone(),
                apis: self.plan_apis(written),
                rate: self.plan_rate(written.rate.as_ref(), &written.burst),
                quota: self.plan_quota(written),
                concurrency: written.concurrency.as_ref().map(|slots| slots.value.as_u32()),
            };
            if written.rate.is_none()
                && let Some(burst) = &written.burst
            {
                let problem = Problem::new(Code::Conflict, "a burst needs a rate");
                let help = "add how fast it refills: `rate: 10/s`";
                self.problems.push(problem.at(burst.span, "").help(help));
            }
            plans.insert(name, plan);
        }
        plans
    }

    fn plan_apis(&mut self, written: &manifest::UsagePlan) -> Vec<PlanApi> {
        let mut apis: Vec<PlanApi> = Vec::new();
        for covered in &written.apis.0 {
            let (name, span) = (&covered.api.value.0, covered.api.span);
            if apis.iter().any(|earlier| earlier.api == *name) {
                let message = format!("the plan names the API `{name}` twice");
                let problem = Problem::new(Code::Conflict, message).at(span, "again here");
                self.problems.push(problem.help("put its routes together"));
                continue;
            }
            let routes = match self.api_written(name.as_str(), span) {
                Some(api) => self.plan_routes(covered, api),
                None => BTreeMap::new(),
            };
            apis.push(PlanApi { api: name.clone(), routes });
        }
        apis
    }

    fn plan_routes(
        &mut self,
        covered: &manifest::PlanApi,
        api: &manifest::Api,
    ) -> BTreeMap<String, PlanRate> {
        let name = &covered.api.value.0;
        if let Some(stage) = &covered.stage
            && stage.value != api.stage
        {
            let message = format!("the API `{name}` has the stage `{}`, not this one", api.stage.0);
            let help = format!("write `{}`, or leave the stage out", api.stage.0);
            let problem = Problem::new(Code::Dangling, message).at(stage.span, "");
            self.problems.push(problem.help(help));
        }
        let mut routes = BTreeMap::new();
        for (route, rate) in covered.routes.iter().flat_map(Map::readable) {
            let key = &route.text;
            match api.routes.entries.iter().find(|known| known.text == *key) {
                None => {
                    let help = did_you_mean(key, api.routes.names())
                        .unwrap_or_else(|| "name a route as the API writes it".to_owned());
                    let message = format!("the API `{name}` has no route `{key}`");
                    let problem = Problem::new(Code::Dangling, message).at(route.span, "");
                    self.problems.push(problem.help(help));
                }
                Some(known) if !known.value.as_ref().is_none_or(|r| asks_for_key(api, r)) => {
                    let message = format!("`{key}` asks for no API key, so no plan limits it");
                    let help = "add `api_key_required: true` to the route";
                    let problem = Problem::new(Code::NoKeyAsked, message).at(route.span, "");
                    self.problems.push(problem.related(known.span, "this route").help(help));
                }
                Some(_) => {}
            }
            if let Some(rate) = self.plan_rate(Some(&rate.rate), &rate.burst) {
                routes.insert(key.clone(), rate);
            }
        }
        routes
    }

    fn plan_rate(&mut self, rate: Option<&Spanned<Permits>>, burst: &Burst) -> Option<PlanRate> {
        let rate = rate?;
        let steady: Rate = rate.value.0;
        let size = burst.as_ref().map_or(steady.permits, |burst| burst.value.as_u32());
        let plan_rate = PlanRate { rate: steady, burst: size };
        if let Err(problem) = plan_rate.rule().check() {
            let burst = burst.as_ref().map_or(rate.span, |burst| burst.span);
            self.problems.push(unenforceable(&problem, rate.span, burst));
        }
        Some(plan_rate)
    }

    fn plan_quota(&mut self, written: &manifest::UsagePlan) -> Option<PlanQuota> {
        let Some(quota) = &written.quota else {
            if let Some(zone) = &written.zone {
                let problem = Problem::new(Code::Conflict, "a zone needs a quota");
                let help = "add what its midnight ends: `quota: 1000/day`";
                self.problems.push(problem.at(zone.span, "").help(help));
            }
            return None;
        };
        if let Period::Rolling(_) = quota.value.period {
            let message = "a usage plan counts by day, week or month";
            let problem = Problem::new(Code::UnknownValue, message).at(quota.span, "");
            self.problems.push(problem.help("write `1000/day`, `1000/week` or `1000/month`"));
        }
        let zone = written.zone.as_ref().map_or(Zone::UTC, |zone| zone.value.0.clone());
        Some(PlanQuota { limit: quota.value.limit, period: quota.value.period, zone })
    }

    /// Reports routes that ask for a key which no plan lets in, and warns of plans that limit
    /// nothing.
    pub(super) fn check_keyed(&mut self, plans: &BTreeMap<UsagePlanName, UsagePlan>) {
        for (named, api) in self.manifest.apis.iter().flat_map(Map::readable) {
            let name = &named.key.0;
            let keyed: Vec<_> =
                api.routes.readable().filter(|(_, route)| asks_for_key(api, route)).collect();
            let mut good = plans.values().filter(|plan| plan.api(name).is_some());
            if good.next().is_some() {
                if keyed.is_empty() {
                    self.warn_of_idle_plans(named.text.as_str());
                }
                continue;
            }
            let Some((first, route)) = keyed.first() else { continue };
            let span = route.record().key("api_key_required");
            let span = span.or(api.record().key("api_key_required")).unwrap_or(first.span);
            let message =
                format!("no usage plan is good for the API `{name}`, so no key opens this");
            let help = format!("add one: `usage_plans: {{ basic: {{ apis: [{name}] }} }}`");
            self.problems.push(Problem::new(Code::NoPlan, message).at(span, "").help(help));
        }
    }

    fn warn_of_idle_plans(&mut self, api: &str) {
        let plans = self.manifest.usage_plans.iter().flat_map(Map::readable);
        let naming = plans.flat_map(|(_, plan)| &plan.apis.0);
        for covered in naming.filter(|covered| covered.api.value.0.as_str() == api) {
            let message = format!("no route of the API `{api}` asks for an API key");
            let warning = Problem::new(Code::IdlePlan, message).at(covered.api.span, "");
            let help = "add `api_key_required: true` to the API or to routes; until then the plan limits nothing there";
            self.warnings.push(warning.help(help));
        }
    }
}

impl<'a> Scope<'a> {
    /// The API as written, or a report that the stack does not define it.
    fn api_written(&mut self, name: &str, span: Span) -> Option<&'a manifest::Api> {
        let manifest = self.manifest;
        let apis = manifest.apis.as_ref();
        let known = apis.and_then(|all| all.entries.iter().find(|api| api.text == name));
        if let Some(known) = known {
            // One that could not be read has been reported.
            return known.value.as_ref();
        }
        let near = did_you_mean(name, apis.iter().flat_map(|all| all.names()));
        let help = near.unwrap_or_else(|| format!("define it: `apis: {{ {name}: ... }}`"));
        let message = format!("the API `{name}` is not defined in this stack");
        self.problems.push(Problem::new(Code::Dangling, message).at(span, "").help(help));
        None
    }
}

/// A route's own word counts, else its API's.
pub(super) fn asks_for_key(api: &manifest::Api, route: &manifest::Route) -> bool {
    route.api_key_required.unwrap_or(api.api_key_required)
}
