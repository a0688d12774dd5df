//! APIs: those that the template declares, and those that events imply.

use super::Lowering;
use crate::source::Span;
use crate::template::bag::Bag;
use crate::template::document::Resource;
use crate::template::native::{ApiDraft, Draft};
use crate::template::values::{REST_API, REST_STAGE};
use crate::yaml::{Node, Value};

impl<'a> Lowering<'a> {
    pub(super) fn api(&mut self, resource: &'a Resource<'a>) {
        match resource.kind {
            "AWS::Serverless::Api" => self.serverless_api(resource, Style::Rest),
            "AWS::Serverless::HttpApi" => self.serverless_api(resource, Style::Http),
            "AWS::ApiGateway::RestApi" => self.rest_api(resource),
            _ => self.http_api(resource),
        }
    }

    fn serverless_api(&mut self, resource: &'a Resource<'a>, style: Style) {
        let mut bag = self.bag(resource);
        bag.accept(&["Name", "Description", "StageName", "OpenApiVersion"]);
        bag.note(
            &[
                "AccessLogSetting",
                "AccessLogSettings",
                "AlwaysDeploy",
                "CanarySetting",
                "EndpointConfiguration",
                "FailOnWarnings",
                "MergeDefinitions",
                "PropagateTags",
                "Tags",
                "TracingEnabled",
            ],
            self.told,
        );
        let span = resource.key.span;
        let stage = self.values.stage(resource);
        let stage_span = resource.property("StageName").map_or(span, |node| node.span);
        let mut draft = self.new_api(style, &stage, stage_span);
        let types = self.value(bag.take("BinaryMediaTypes"));
        draft.settings.put_some("binary_media_types", types.map(media_types));
        let cors = self.value(bag.take("CorsConfiguration"));
        draft.settings.put_some("cors", cors.and_then(|node| self.cors(&node)));
        let cors = self.value(bag.take("Cors"));
        draft.settings.put_some("cors", cors.and_then(|node| self.serverless_cors(&node)));
        let auth = self.value(bag.take("Auth"));
        if let Some(auth) = &auth {
            draft.is_guarded = self.api_auth(auth, &mut draft.settings);
        }
        let methods = self.value(bag.take("MethodSettings"));
        for setting in methods.as_ref().map(Node::items).unwrap_or_default() {
            self.method_setting(setting, &mut draft.settings);
        }
        let settings = self.value(bag.take("DefaultRouteSettings"));
        self.throttled(settings.as_ref(), &mut draft.settings);
        bag.finish(self.told);
        draft.span = span;
        self.native.apis.push((resource.id().to_owned(), draft));
    }

    /// Cross-origin settings of a REST API, whose texts are quoted once more: `"'*'"`.
    fn serverless_cors(&mut self, written: &Node) -> Option<Node> {
        let mut draft = Draft::new(written.span);
        let unquoted = |text: &str| text.trim_matches('\'').to_owned();
        if let Some(origin) = written.as_text() {
            draft.put("origins", Node::text(written.span, unquoted(origin)));
            return Some(draft.node());
        }
        let mut bag = Bag::of("Cors", written);
        let origin = self.evaluated(bag.take("AllowOrigin"));
        let origin = origin.map_or_else(|| "*".to_owned(), |text| unquoted(&text));
        draft.put("origins", Node::text(written.span, origin));
        for (theirs, ours) in [("AllowMethods", "methods"), ("AllowHeaders", "headers")] {
            let Some(text) = self.evaluated(bag.take(theirs)) else { continue };
            let text = unquoted(&text);
            let names =
                text.split(',').map(str::trim).filter(|name| *name != "*" || ours == "headers");
            let names: Vec<Node> = names.map(|name| Node::text(written.span, name)).collect();
            if !names.is_empty() {
                draft.put(ours, Node::list(written.span, names));
            }
        }
        if let Some(age) = self.evaluated(bag.take("MaxAge")) {
            draft.put("max_age", Node::plain(written.span, unquoted(&age) + "s"));
        }
        let credentials = bag.take("AllowCredentials");
        let credentials = self.plain_of(credentials, "").map(super::trigger::lower);
        draft.put_some("credentials", credentials);
        bag.finish(self.told);
        Some(draft.node())
    }

    /// Whether every route asks for an authorizer, without which none must be served.
    fn api_auth(&mut self, written: &Node, settings: &mut Draft) -> bool {
        let mut bag = Bag::of("Auth", written);
        if let Some(required) = bag.take("ApiKeyRequired") {
            let required = self.plain_of(Some(required), "").map(super::trigger::lower);
            settings.put_some("api_key_required", required);
        }
        let default = bag.take("DefaultAuthorizer");
        let is_guarded = self.is_guarded(default);
        bag.note(&["InvokeRole", "EnableIamAuthorizer"], self.told);
        bag.finish(self.told);
        is_guarded
    }

    /// The API of events that name none.
    pub(super) fn implicit_api(&mut self, id: &str, span: Span) {
        if self.native.api(id).is_some() {
            return;
        }
        let style = if id == REST_API { Style::Rest } else { Style::Http };
        let stage = if id == REST_API { REST_STAGE } else { "$default" };
        let draft = self.new_api(style, stage, span);
        self.native.apis.push((id.to_owned(), draft));
    }

    pub(super) fn new_api(&mut self, style: Style, stage: &str, span: Span) -> ApiDraft {
        let mut settings = Draft::new(span);
        let protocol = if style == Style::Rest { "rest" } else { "http" };
        settings.put("protocol", Node::plain(span, protocol));
        settings.put("stage", Node::text(span, stage));
        ApiDraft { settings, routes: Vec::new(), span, has_stage: false, is_guarded: false }
    }

    /// Adds the routes of events, once every API is known.
    pub(super) fn join(&mut self) {
        for (api, key, span, route) in std::mem::take(&mut self.pending) {
            match self.native.api(&api) {
                Some(draft) if draft.is_guarded => {}
                Some(draft) => draft.route(key, span, route, self.told),
                None => {
                    let message = format!("`{api}` is not an API of this template");
                    self.told.unsupported(message, span);
                }
            }
        }
        for (api, span, settings) in std::mem::take(&mut self.stages) {
            let Some(draft) = self.native.api(&api) else { continue };
            if draft.has_stage {
                self.told.unsupported("a second stage of an API is not supported", span);
                continue;
            }
            draft.has_stage = true;
            for entry in settings.into_entries() {
                draft.settings.put(&entry.key.text, entry.value);
            }
        }
        // An API without routes answers nothing.
        self.native.apis.retain(|(id, api)| {
            if api.routes.is_empty() {
                self.told.note(format!("the API `{id}` has no routes, and is left out"), api.span);
            }
            !api.routes.is_empty()
        });
    }
}

/// Which of AWS's two kinds of APIs it is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Rest,
    Http,
}

/// SAM writes `image~1png` for `image/png`, as JSON pointers do.
fn media_types(mut list: Node) -> Node {
    if let Value::Sequence(items) = &mut list.value {
        for item in items {
            if let Value::Scalar(scalar) = &mut item.value {
                scalar.text = scalar.text.replace("~1", "/");
            }
        }
    }
    list
}
