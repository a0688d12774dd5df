//! Usage plans and API keys of REST APIs.

use super::Lowering;
use super::api::fits;
use crate::foreign::{Throttle, quota};
use crate::source::Span;
use crate::template::bag::Bag;
use crate::template::document::Resource;
use crate::template::native::Draft;
use crate::yaml::{Entry, Node};

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
            apis.extend(self.covered(on));
        }
        draft.put("apis", Node::list(span, apis));
        self.allowance(&mut bag, &mut draft);
        bag.finish(self.told);
        self.native.add("usage_plans", resource.id(), span, draft.node(), self.told);
    }

    /// An API where the plan is good, with the rates of single methods there.
    fn covered(&mut self, on: &Node) -> Option<Node> {
        let mut bag = Bag::of("ApiStages", on);
        let (api, stage, rates) = (bag.take("ApiId"), bag.take("Stage"), bag.take("Throttle"));
        bag.finish(self.told);
        let name = self.evaluated(stage);
        let id = self.api_id(api)?;
        let api = self.api_on(id, name.as_deref());
        let mut routes = Vec::new();
        let rates = rates.map(Node::entries).unwrap_or_default();
        let mut rates: Vec<_> = rates.iter().map(|it| (route_key(&it.key.text), it)).collect();
        // What is said of one method counts rather than what is said of all.
        rates.sort_by_key(|(route, _)| route.starts_with("* "));
        for (route, Entry { key, value }) in rates {
            let rate = Node::mapping(value.span, self.rate(value));
            let found = self.keyed_routes(&api, &route, key.span);
            for route in found {
                let is_new = routes.iter().all(|known: &Entry| known.key.text != route);
                if is_new && !rate.entries().is_empty() {
                    routes.push(Entry::new(route, key.span, rate.clone()));
                }
            }
        }
        let api = Node::text(on.span, api);
        if routes.is_empty() {
            return Some(api);
        }
        let mut draft = Draft::new(on.span);
        draft.put("api", api);
        draft.put("routes", Node::mapping(on.span, routes));
        Some(draft.node())
    }

    /// The routes of an API that ask for a key, of those that a plan's rate is for. That others are none of them is told.
    fn keyed_routes(&mut self, api: &str, key: &str, span: Span) -> Vec<String> {
        let Some(draft) = self.native.api(api) else { return vec![key.to_owned()] };
        let is_keyed = draft.settings.text("api_key_required") == Some("true");
        let fitting = || draft.routes.iter().filter(|route| fits(key, &route.key.text));
        let keyed = fitting().filter(|route| match route.value.get("api_key_required") {
            Some(required) => required.as_text() == Some("true"),
            None => is_keyed,
        });
        let keyed: Vec<String> = keyed.map(|route| route.key.text.clone()).collect();
        let (is_known, key) = (fitting().next().is_some(), key.replace("* ", "ANY "));
        if !is_known {
            let message = format!("no route of the API is `{key}`, which a usage plan throttles");
            self.told.note(message, span);
        } else if keyed.is_empty() {
            let message = format!("`{key}` asks for no API key, so no usage plan throttles it");
            self.told.note(message, span);
        }
        keyed
    }

    fn rate(&mut self, written: &Node) -> Vec<Entry> {
        let mut bag = Bag::of("Throttle", written);
        let (rate, burst) = (bag.take("RateLimit").cloned(), bag.take("BurstLimit").cloned());
        bag.finish(self.told);
        Throttle { rate, burst }.of_plan("RateLimit", self.told)
    }

    /// How much a plan lets its keys do.
    pub(super) fn allowance(&mut self, bag: &mut Bag<'_>, draft: &mut Draft) {
        if let Some(throttle) = bag.take("Throttle") {
            for Entry { key, value } in self.rate(throttle) {
                draft.put(&key.text, value);
            }
        }
        if let Some(written) = bag.take("Quota") {
            let mut bag = Bag::of("Quota", written);
            let written = ["Limit", "Period", "Offset"].map(|name| bag.take(name));
            draft.put_some("quota", quota(written, "Offset", self.told));
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

/// `/items/GET` of a usage plan is `GET /items`; the root's are `//GET`.
fn route_key(text: &str) -> String {
    // Slashes may be escaped, as in the settings of a stage.
    let text = text.replace("~1", "/");
    let (path, method) = text.rsplit_once('/').unwrap_or(("", &text));
    format!("{} /{}", method.to_ascii_uppercase(), path.trim_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_of_usage_plans_are_routes() {
        for (written, expected) in [
            ("/items/GET", "GET /items"),
            ("/items/{id}/post", "POST /items/{id}"),
            ("//GET", "GET /"),
            ("/GET", "GET /"),
            ("~1items~1{id+}/ANY", "ANY /items/{id+}"),
            ("/items/*", "* /items"),
        ] {
            assert_eq!(route_key(written), expected, "{written}");
        }
    }
}
