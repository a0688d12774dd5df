//! Usage plans and keys.

use model::{DeclaredKey, PlanApi, PlanQuota, PlanRate, Protocol, UsagePlan, Zone};

use super::Export;
use super::api::per_second;
use super::block::{self, Block};
use super::ids::Sort;
use crate::yaml::Node;

impl Export<'_> {
    pub(super) fn usage_plans(&mut self) {
        let stack = self.stack;
        for plan in stack.usage_plans.values() {
            self.usage_plan(plan);
        }
    }

    fn usage_plan(&mut self, plan: &UsagePlan) {
        let UsagePlan { name, apis, rate, quota, concurrency } = plan;
        let path = ["usage_plans", name.as_str()];
        let mut block = Block::new();
        block.text("UsagePlanName", name.as_str());
        let stages = apis.iter().filter_map(|api| self.plan_api(api, &path)).collect();
        block.put("ApiStages", block::list(stages));
        if let Some(rate) = rate {
            block.some("Throttle", self.plan_rate(rate, &path));
        }
        if let Some(quota) = quota {
            block.some("Quota", self.plan_quota(quota, &path));
        }
        if concurrency.is_some() {
            let message = "plans of API Gateway do not bound how many requests are under way";
            self.gap(message, &[path[0], path[1], "concurrency"]);
        }
        let id = self.id(Sort::Plan, name.as_str());
        self.add(&id, "AWS::ApiGateway::UsagePlan", block);
    }

    fn plan_api(&mut self, of: &PlanApi, path: &[&str; 2]) -> Option<Node> {
        let api = self.stack.apis.iter().find(|api| api.name == of.api)?;
        if api.protocol == Protocol::Http {
            let message = format!("usage plans are for REST APIs, and `{}` is none", of.api);
            self.gap(message, &[path[0], path[1], "apis"]);
            return None;
        }
        let mut block = Block::new();
        let id = self.id(Sort::Api, of.api.as_str());
        block.put("ApiId", block::reference(&id));
        block.put("Stage", block::reference(&format!("{id}.Stage")));
        let mut routes = Block::new();
        for (route, rate) in &of.routes {
            let (method, route_path) = route.split_once(' ').unwrap_or(("ANY", route));
            if let Some(rate) = self.plan_rate(rate, path) {
                routes.put(&format!("{route_path}/{method}"), rate);
            }
        }
        if !routes.is_empty() {
            block.put("Throttle", routes.node());
        }
        Some(block.node())
    }

    fn plan_rate(&mut self, of: &PlanRate, path: &[&str; 2]) -> Option<Node> {
        let PlanRate { rate, burst } = *of;
        let Some(second) = per_second(rate) else {
            self.gap(format!("`{rate}` is no round number a second"), &[path[0], path[1], "rate"]);
            return None;
        };
        let mut block = Block::new();
        block.plain("RateLimit", second);
        block.plain("BurstLimit", burst);
        Some(block.node())
    }

    fn plan_quota(&mut self, quota: &PlanQuota, path: &[&str; 2]) -> Option<Node> {
        let PlanQuota { limit, period, zone } = quota;
        let name = match period {
            model::Period::Day => "DAY",
            model::Period::Week => "WEEK",
            model::Period::Month => "MONTH",
            model::Period::Rolling(_) => {
                let message = "quotas of API Gateway are for a day, a week or a month";
                self.gap(message, &[path[0], path[1], "quota"]);
                return None;
            }
        };
        if *zone != Zone::UTC {
            let message = format!("quotas of API Gateway go by UTC, not by {zone}");
            self.gap(message, &[path[0], path[1], "quota"]);
        }
        let mut block = Block::new();
        block.plain("Limit", limit);
        block.text("Period", name);
        Some(block.node())
    }

    pub(super) fn keys(&mut self) {
        let stack = self.stack;
        for key in stack.keys.values() {
            self.key(key);
        }
    }

    fn key(&mut self, key: &DeclaredKey) {
        let DeclaredKey { name, plans, value, overlap, expires, enabled } = key;
        let path = ["keys", name.as_str()];
        for (is_set, own) in [(!overlap.is_zero(), "overlap"), (expires.is_some(), "expires")] {
            if is_set {
                let message = format!("keys of API Gateway have no `{own}`: `{name}`");
                self.gap(message, &[path[0], path[1], own]);
            }
        }
        let mut block = Block::new();
        block.text("Name", name.as_str());
        block.plain("Enabled", enabled);
        if value.is_some() {
            // It is kept nowhere.
            let description = format!("The value of the key {name}");
            let id = self.secret(&format!("{name}-key-value"), &description);
            block.put("Value", block::reference(&id));
        }
        let id = self.id(Sort::Key, name.as_str());
        self.add(&id, "AWS::ApiGateway::ApiKey", block);
        for plan in plans {
            let plan = self.id(Sort::Plan, plan.as_str());
            let mut block = Block::new();
            block.put("KeyId", block::reference(&id));
            block.text("KeyType", "API_KEY");
            block.put("UsagePlanId", block::reference(&plan));
            let id = self.ids.free(&format!("{id}In{}", super::ids::pascal(&plan)));
            self.add(&id, "AWS::ApiGateway::UsagePlanKey", block);
        }
    }
}
