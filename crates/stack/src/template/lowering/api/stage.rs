//! Settings of stages: how routes are throttled, all of them and single ones.

use crate::foreign::Throttle;
use crate::source::Span;
use crate::template::bag::Bag;
use crate::template::lowering::Lowering;
use crate::template::native::{ApiDraft, Draft};
use crate::yaml::{Entry, Node, Value};

/// What a stage says of its API.
#[derive(Debug, Clone, Default)]
pub(in crate::template) struct Stage {
    /// Of each route that says nothing itself.
    all: Throttle,
    /// Of single ones: `GET /orders`, where the method may be `*`.
    single: Vec<Single>,
}

/// How a single route is throttled, as far as somebody says.
#[derive(Debug, Clone)]
pub(in crate::template::lowering) struct Single {
    pub(in crate::template::lowering) key: String,
    span: Span,
    throttle: Throttle,
}

/// A stage that is a resource of its own.
pub(in crate::template::lowering) struct Staged {
    /// The logical id of its API.
    pub(in crate::template::lowering) api: String,
    pub(in crate::template::lowering) name: Option<String>,
    pub(in crate::template::lowering) span: Span,
    pub(in crate::template::lowering) stage: Stage,
}

/// What an API is called on another stage than its first.
pub(in crate::template) fn elsewhere(api: &str, stage: &str) -> String {
    format!("{api}-{}", stage.trim_start_matches('$'))
}

impl Stage {
    /// What is said later counts.
    pub(in crate::template::lowering) fn put(&mut self, single: Single) {
        match self.single.iter_mut().find(|it| it.key == single.key) {
            Some(known) => known.throttle = single.throttle.or(&known.throttle),
            None => self.single.push(single),
        }
    }

    /// What somebody says of a route alone: of its method rather than of all that its path has.
    fn own(&self, route: &str) -> Option<&Throttle> {
        let mut said = self.single.iter().filter(|single| !single.throttle.is_empty());
        let exact = said.clone().find(|single| single.key == route);
        exact.or_else(|| said.find(|single| fits(&single.key, route))).map(|it| &it.throttle)
    }
}

impl Lowering<'_> {
    /// Gives each API what its stage says, and makes it anew for each other stage: here an API has one.
    pub(super) fn stand_on_stages(&mut self) {
        let mut others = Vec::new();
        for staged in std::mem::take(&mut self.stages) {
            let Some(draft) = self.native.api(&staged.api) else { continue };
            if draft.has_stage {
                others.push(staged);
            } else {
                draft.has_stage = true;
                draft.stage = staged.stage;
            }
        }
        for Staged { api, name, span, stage } in others {
            let (Some(name), Some(first)) = (name, self.native.api(&api)) else { continue };
            let mut settings = Draft::new(span);
            for entry in first.settings.clone().into_entries() {
                let is_name = entry.key.text == "stage";
                let value = if is_name { Node::text(span, &*name) } else { entry.value };
                settings.put(&entry.key.text, value);
            }
            settings.put("id", Node::text(span, &*api));
            let other = ApiDraft { settings, stage, span, ..first.clone() };
            let id = elsewhere(&api, &name);
            let message = format!("the API `{api}` is called `{id}` on the stage `{name}`");
            self.told.note(message, span);
            self.native.apis.push((id, other));
        }
    }

    /// What an API is called here on a stage, if one is named.
    pub(in crate::template::lowering) fn api_on(
        &mut self,
        api: String,
        stage: Option<&str>,
    ) -> String {
        let stages = self.stages_of(&api);
        match stage {
            Some(stage) if stages.iter().skip(1).any(|it| it == stage) => elsewhere(&api, stage),
            _ => api,
        }
    }

    /// Throttling of all methods is the stage's own; that of single ones is the routes'.
    pub(in crate::template::lowering) fn method_setting(&mut self, setting: &Node, to: &mut Stage) {
        let mut bag = Bag::of("a method setting", setting);
        let path = self.evaluated(bag.take("ResourcePath")).unwrap_or_else(|| "/*".to_owned());
        let method = self.evaluated(bag.take("HttpMethod")).unwrap_or_else(|| "*".to_owned());
        bag.note(&["DataTraceEnabled", "LoggingLevel", "MetricsEnabled"], self.told);
        let throttle = throttle(&mut bag);
        bag.finish(self.told);
        // CloudFormation takes `/~1orders` for `/orders`, too.
        let path = path.replace("~1", "/");
        let path = format!("/{}", path.trim_start_matches('/'));
        if path == "/*" && method == "*" {
            to.all = throttle.or(&to.all);
        } else {
            to.put(Single { key: format!("{method} {path}"), span: setting.span, throttle });
        }
    }

    /// `DefaultRouteSettings` of an HTTP API.
    pub(in crate::template::lowering) fn default_route_settings(
        &mut self,
        written: Option<&Node>,
        to: &mut Stage,
    ) {
        if let Some(written) = written {
            to.all = self.route_setting(String::new(), written).throttle.or(&to.all);
        }
    }

    /// `RouteSettings` of an HTTP API, by route key.
    pub(in crate::template::lowering) fn route_settings(
        &mut self,
        written: Option<&Node>,
        to: &mut Stage,
    ) {
        for Entry { key, value } in written.map(Node::entries).unwrap_or_default() {
            let single = self.route_setting(key.text.clone(), value);
            to.put(single);
        }
    }

    pub(in crate::template::lowering) fn route_setting(
        &mut self,
        key: String,
        of: &Node,
    ) -> Single {
        let mut bag = Bag::of("throttling settings", of);
        let throttle = throttle(&mut bag);
        bag.note(&["DataTraceEnabled", "DetailedMetricsEnabled", "LoggingLevel"], self.told);
        bag.finish(self.told);
        Single { key, span: of.span, throttle }
    }

    /// Gives an API and its routes what its stage says of them. Each route is counted by itself, and one that has a
    /// throttle of its own not by the stage's.
    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html>
    pub(super) fn settle(&mut self, api: &mut ApiDraft) {
        let stage = std::mem::take(&mut api.stage);
        for Single { key, span, throttle } in &stage.single {
            let is_known = api.routes.iter().any(|route| fits(key, &route.key.text));
            if !is_known && !throttle.is_empty() {
                let message = format!("no route of the API is `{key}`, which a stage throttles");
                self.told.note(message, *span);
            }
        }
        let is_for_some = api.routes.iter().any(|route| stage.own(&route.key.text).is_none());
        let of_all = if is_for_some { self.limit(&stage.all) } else { Limit::None };
        api.routes.retain_mut(|route| {
            let Some(own) = stage.own(&route.key.text) else {
                return !matches!(of_all, Limit::Closed);
            };
            let limit = self.limit(&own.or(&stage.all));
            if let (Limit::Some(limits), Value::Mapping(entries)) = (&limit, &mut route.value.value)
            {
                let span = limits.span;
                entries.push(Entry::new("throttle", span, limits.clone()));
                if matches!(of_all, Limit::Some(_)) {
                    entries.push(Entry::new("api_limits", span, Node::plain(span, "false")));
                }
            }
            !matches!(limit, Limit::Closed)
        });
        if let Limit::Some(limits) = of_all {
            api.settings.put("throttle", limits);
        }
    }

    fn limit(&mut self, throttle: &Throttle) -> Limit {
        if let Some(span) = throttle.zero() {
            self.told.closed(span);
            return Limit::Closed;
        }
        let mut entries = throttle.entries("ThrottlingRateLimit", self.told);
        let Some(span) = entries.first().map(|rate| rate.value.span) else { return Limit::None };
        entries.insert(0, Entry::new("by", span, Node::plain(span, "route")));
        Limit::Some(Node::list(span, vec![Node::mapping(span, entries)]))
    }
}

/// What a throttle comes to.
enum Limit {
    None,
    /// The manifest's `throttle`.
    Some(Node),
    /// Its routes are left out.
    Closed,
}

fn throttle(bag: &mut Bag<'_>) -> Throttle {
    let (rate, burst) = (bag.take("ThrottlingRateLimit"), bag.take("ThrottlingBurstLimit"));
    Throttle { rate: rate.cloned(), burst: burst.cloned() }
}

/// `* /orders` fits each method of that path.
pub(in crate::template::lowering) fn fits(key: &str, route: &str) -> bool {
    match key.strip_prefix("* ") {
        Some(path) => route.split_once(' ').is_some_and(|(_, it)| it == path),
        None => key == route,
    }
}
