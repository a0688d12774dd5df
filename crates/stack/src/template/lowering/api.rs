//! APIs: those that the template declares, and those that events imply.

use super::Lowering;
use crate::source::Span;
use crate::template::document::Resource;
use crate::template::native::{ApiDraft, Draft};
use crate::template::values::{REST_API, REST_STAGE};
use crate::yaml::{Node, Value};

impl<'a> Lowering<'a> {
    pub(super) fn api(&mut self, resource: &'a Resource<'a>) {
        match resource.kind {
            "AWS::Serverless::Api" => self.serverless_api(resource, Style::Rest),
            "AWS::Serverless::HttpApi" => self.serverless_api(resource, Style::Http),
            kind => {
                let message = format!("resources of type `{kind}` are not supported");
                self.told.unsupported(message, resource.kind_span);
            }
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
        let settings = self.value(bag.take("DefaultRouteSettings"));
        self.throttled(settings.as_ref(), &mut draft.settings);
        bag.finish(self.told);
        draft.span = span;
        self.native.apis.push((resource.id().to_owned(), draft));
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
        ApiDraft { settings, routes: Vec::new(), span }
    }

    /// Adds the routes of events, once every API is known.
    pub(super) fn join(&mut self) {
        for (api, key, span, route) in std::mem::take(&mut self.pending) {
            match self.native.api(&api) {
                Some(draft) => draft.route(key, span, route, self.told),
                None => {
                    let message = format!("`{api}` is not an API of this template");
                    self.told.unsupported(message, span);
                }
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
