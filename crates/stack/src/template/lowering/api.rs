//! APIs: those that the template declares, and those that events imply.

mod auth;
mod host;
mod preflight;
mod serverless;
mod stage;

pub(in crate::template) use preflight::Preflight;
pub(super) use stage::{Single, Staged, fits};
pub(in crate::template) use stage::{Stage, elsewhere};

use super::Lowering;
use crate::source::Span;
use crate::template::document::Resource;
use crate::template::native::{ApiDraft, Draft};
use crate::yaml::Node;

impl<'a> Lowering<'a> {
    pub(super) fn api(&mut self, resource: &'a Resource<'a>) {
        match resource.kind {
            "AWS::Serverless::Api" => self.serverless_api(resource, Style::Rest),
            "AWS::Serverless::HttpApi" => self.serverless_api(resource, Style::Http),
            "AWS::ApiGateway::RestApi" => self.rest_api(resource),
            _ => self.http_api(resource),
        }
    }

    pub(super) fn new_api(&mut self, style: Style, stage: &str, span: Span) -> ApiDraft {
        let mut settings = Draft::new(span);
        let protocol = if style == Style::Rest { "rest" } else { "http" };
        settings.put("protocol", Node::plain(span, protocol));
        settings.put("stage", Node::text(span, stage));
        ApiDraft {
            settings,
            routes: Vec::new(),
            models: Vec::new(),
            guarded: Vec::new(),
            span,
            is_rest: style == Style::Rest,
            stage: Stage::default(),
            has_stage: false,
            guard: None,
            preflight: None,
            guards_preflight: true,
            takes_events: true,
            described: Vec::new(),
        }
    }

    /// Adds the routes of events, once every API is known.
    pub(super) fn join(&mut self) {
        for Pending { api, key, span, route, guard, setting } in std::mem::take(&mut self.pending) {
            let Some(draft) = self.native.api(&api) else {
                let message = format!("`{api}` is not an API of this template");
                self.told.unsupported(message, span);
                continue;
            };
            if let Some(setting) = setting {
                draft.stage.put(setting);
            }
            match (guard, draft.guard) {
                _ if !draft.takes_events => {}
                // The document of an HTTP API says more of a route than an event does.
                _ if !draft.is_rest && draft.described.contains(&key) => {}
                (Guard::Guarded, _) => draft.guarded.push(key),
                (Guard::OfApi, Some(guard)) => {
                    draft.guarded.push(key);
                    self.guarded(guard);
                }
                _ => draft.route(key, span, route, self.told),
            }
        }
        self.add_models();
        self.stand_on_stages();
        let mut apis = std::mem::take(&mut self.native.apis);
        for (_, api) in &mut apis {
            self.answer_preflight(api);
            self.settle(api);
        }
        // An API without routes answers nothing.
        apis.retain(|(id, api)| {
            if api.routes.is_empty() {
                self.told.note(format!("the API `{id}` has no routes, and is left out"), api.span);
            }
            !api.routes.is_empty()
        });
        self.keep_apart(&mut apis);
        self.native.apis = apis;
    }
}

/// Which of AWS's two kinds of APIs it is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Rest,
    Http,
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    Open,
    /// Whoever may call its API.
    OfApi,
    /// Whom an authorizer lets through, which has been reported.
    Guarded,
}

/// A route whose API may follow.
pub(super) struct Pending {
    /// The API's logical id.
    pub(super) api: String,
    pub(super) key: String,
    pub(super) span: Span,
    pub(super) route: Node,
    pub(super) guard: Guard,
    pub(super) setting: Option<Single>,
}

impl Pending {
    /// One that everybody may call.
    pub(super) fn open(api: String, key: String, span: Span, route: Node) -> Self {
        Self { api, key, span, route, guard: Guard::Open, setting: None }
    }
}
