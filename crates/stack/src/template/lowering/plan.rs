//! Usage plans and API keys of REST APIs.

use super::Lowering;
use super::integration::per_second;
use crate::template::bag::Bag;
use crate::template::document::Resource;
use crate::template::native::Draft;
use crate::yaml::Node;

impl<'a> Lowering<'a> {
    pub(super) fn usage_plan(&mut self, resource: &'a Resource<'a>) {
        let span = resource.key.span;
        let whole = Node::mapping(span, resource.properties.to_vec());
        let Some(properties) = self.value(Some(&whole)) else { return };
        let mut bag = Bag::of(resource.kind, &properties);
        bag.accept(&["UsagePlanName", "Description", "Tags"]);
        let mut draft = Draft::new(span);
        let mut apis = Vec::new();
        for on in bag.take("ApiStages").map(Node::items).unwrap_or_default() {
            let mut bag = Bag::of("ApiStages", on);
            let (api, stage) = (bag.take("ApiId"), bag.take("Stage"));
            bag.finish(self.told);
            let name = self.evaluated(stage);
            let id = self.api_id(api).map(|id| self.api_on(id, name.as_deref()));
            apis.extend(id.map(|id| Node::text(on.span, id)));
        }
        draft.put("apis", Node::list(span, apis));
        self.allowance(&mut bag, &mut draft);
        bag.finish(self.told);
        self.native.add("usage_plans", resource.id(), span, draft.node(), self.told);
    }

    /// How much a plan lets its keys do.
    pub(super) fn allowance(&mut self, bag: &mut Bag<'_>, draft: &mut Draft) {
        if let Some(throttle) = bag.take("Throttle") {
            let mut bag = Bag::of("Throttle", throttle);
            let rate = bag.take("RateLimit");
            let text = self.evaluated(rate);
            draft.put_some("rate", text.map(|it| Node::plain(throttle.span, per_second(&it))));
            let burst = bag.take("BurstLimit");
            draft.put_some("burst", self.plain_of(burst, ""));
            bag.finish(self.told);
        }
        if let Some(quota) = bag.take("Quota") {
            let mut bag = Bag::of("Quota", quota);
            let (limit, period) = (bag.take("Limit"), bag.take("Period"));
            let period = self.evaluated(period).unwrap_or_default().to_ascii_lowercase();
            draft.put_some("quota", self.plain_of(limit, &format!("/{period}")));
            bag.finish(self.told);
        }
    }

    /// A key's value is a secret: it comes from a `NoEcho` parameter, or is made here.
    pub(super) fn api_key(&mut self, resource: &'a Resource<'a>) {
        let span = resource.key.span;
        let mut bag = self.bag(resource);
        bag.accept(&["Name", "Description", "Tags", "GenerateDistinctId", "StageKeys"]);
        bag.note(&["CustomerId"], self.told);
        let (value, enabled) = (bag.take("Value"), bag.take("Enabled"));
        bag.finish(self.told);
        let is_closed = self.flag(enabled) == Some(false);
        let plans = self.plans_of(resource.id());
        if plans.is_empty() {
            let message =
                format!("the key `{}` is in no usage plan, and is left out", resource.id());
            self.told.note(message, span);
            return;
        }
        let mut draft = Draft::new(span);
        draft.put("plans", Node::list(span, plans));
        draft.put_some("value", self.value(value));
        if let Some(enabled) = enabled.filter(|_| is_closed) {
            draft.put("enabled", Node::plain(enabled.span, "false"));
        }
        self.native.add("keys", resource.id(), span, draft.node(), self.told);
    }

    /// The usage plans that a key was put into.
    fn plans_of(&mut self, key: &str) -> Vec<Node> {
        let mut plans = Vec::new();
        for link in &self.values.document.resources {
            if link.kind != "AWS::ApiGateway::UsagePlanKey" || !self.is_made(link) {
                continue;
            }
            if self.text(link.property("KeyId")).as_deref() == Some(key)
                && let Some(plan) = self.text(link.property("UsagePlanId"))
            {
                plans.push(Node::text(link.key.span, plan));
            }
        }
        plans
    }

    pub(super) fn usage_plan_key(&mut self, resource: &'a Resource<'a>) {
        let mut bag = self.bag(resource);
        bag.accept(&["KeyId", "KeyType", "UsagePlanId"]);
        bag.finish(self.told);
    }
}
