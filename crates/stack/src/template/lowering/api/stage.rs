//! Settings of stages: throttling of all routes and of single ones.

use crate::source::Span;
use crate::template::bag::Bag;
use crate::template::lowering::Lowering;
use crate::template::native::{ApiDraft, Draft};
use crate::yaml::{Entry, Node, Value};

/// What a stage says of its API.
#[derive(Debug, Clone)]
pub(in crate::template) struct Stage {
    /// Of all routes.
    pub(in crate::template::lowering) settings: Draft,
    /// Of single ones: `GET /orders`, where the method may be `*`.
    single: Vec<Single>,
}

/// How a single route is throttled, as far as somebody says.
#[derive(Debug, Clone)]
pub(in crate::template::lowering) struct Single {
    pub(in crate::template::lowering) key: String,
    span: Span,
    rate: Option<String>,
    burst: Option<String>,
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
    pub(in crate::template) fn new(span: Span) -> Self {
        Self { settings: Draft::new(span), single: Vec::new() }
    }

    /// What is said later counts.
    pub(in crate::template::lowering) fn put(&mut self, single: Single) {
        match self.single.iter_mut().find(|it| it.key == single.key) {
            Some(known) => {
                known.rate = single.rate.or(known.rate.take());
                known.burst = single.burst.or(known.burst.take());
            }
            None => self.single.push(single),
        }
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
        let rate = self.evaluated(bag.take("ThrottlingRateLimit"));
        let burst = self.evaluated(bag.take("ThrottlingBurstLimit"));
        bag.finish(self.told);
        let Some(rate) = rate else { return };
        if path == "/*" && method == "*" {
            return self.throttle(setting.span, &rate, burst, &mut to.settings);
        }
        // CloudFormation takes `/~1orders` for `/orders`, too.
        let path = path.replace("~1", "/");
        let path = format!("/{}", path.trim_start_matches('/'));
        let (key, span) = (format!("{method} {path}"), setting.span);
        to.put(Single { key, span, rate: Some(rate), burst });
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
        let rate = self.evaluated(bag.take("ThrottlingRateLimit"));
        let burst = self.evaluated(bag.take("ThrottlingBurstLimit"));
        bag.note(&["DataTraceEnabled", "DetailedMetricsEnabled", "LoggingLevel"], self.told);
        bag.finish(self.told);
        Single { key, span: of.span, rate, burst }
    }

    /// Gives an API and its routes what its stage says of them.
    pub(super) fn settle(&mut self, api: &mut ApiDraft) {
        let empty = Stage::new(api.span);
        let Stage { settings, single } = std::mem::replace(&mut api.stage, empty);
        for entry in settings.into_entries() {
            api.settings.put(&entry.key.text, entry.value);
        }
        for Single { key, span, rate, burst } in single {
            let Some(rate) = rate else { continue };
            let mut own = Draft::new(span);
            self.throttle(span, &rate, burst, &mut own);
            let own = own.into_entries();
            let mut is_known = false;
            for route in api.routes.iter_mut().filter(|it| fits(&key, &it.key.text)) {
                is_known = true;
                let Value::Mapping(entries) = &mut route.value.value else { continue };
                // The first that fits counts.
                if !entries.iter().any(|it| it.key.text == "throttle") {
                    entries.extend(own.iter().cloned());
                }
            }
            if !is_known {
                let message = format!("no route of the API is `{key}`, which a stage throttles");
                self.told.note(message, span);
            }
        }
    }
}

/// `* /orders` fits each method of that path.
fn fits(key: &str, route: &str) -> bool {
    match key.strip_prefix("* ") {
        Some(path) => route.split_once(' ').is_some_and(|(_, it)| it == path),
        None => key == route,
    }
}
