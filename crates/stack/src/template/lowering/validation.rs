//! Models of REST APIs, and what their methods ask of requests.

use super::Lowering;
use crate::foreign::validation::{Asked, model};
use crate::problem::{Code, Problem};
use crate::source::Span;
use crate::template::bag::Bag;
use crate::template::document::Resource;
use crate::template::native::Draft;
use crate::yaml::{Entry, Node};

/// The media type of bodies whose event names no other.
const JSON: &str = "application/json";

/// Models that every REST API has, and what properties of an object they speak of.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html>
const BUILT_IN: [(&str, &[&str]); 2] = [("Empty", &[]), ("Error", &["message"])];

impl<'a> Lowering<'a> {
    pub(super) fn model(&mut self, resource: &'a Resource<'a>) {
        let span = resource.key.span;
        let mut bag = self.bag(resource);
        bag.accept(&["Name", "ContentType", "Description"]);
        let api = self.value(bag.take("RestApiId"));
        let schema = bag.take("Schema");
        bag.finish(self.told);
        let Some(schema) = schema else {
            return self.refuse("a model needs `Schema`", span);
        };
        let Some(api) = self.api_id(api.as_ref()) else { return };
        let Some(value) = self.value(Some(schema)) else { return };
        let Some(value) = model(value) else {
            return self.refuse("the `Schema` of this model is not JSON", schema.span);
        };
        let name = self.values.model_name(resource);
        self.models.push((api, Entry::new(name, span, value)));
    }

    /// It is read where methods name it; here only what it asks for is checked.
    pub(super) fn request_validator(&mut self, resource: &'a Resource<'a>) {
        let mut bag = self.bag(resource);
        bag.accept(&["Name", "RestApiId", "ValidateRequestBody", "ValidateRequestParameters"]);
        bag.finish(self.told);
    }

    /// What a method asks of its requests: what its validator looks at.
    pub(super) fn validate(&mut self, bag: &mut Bag<'_>, span: Span) -> Option<Node> {
        let parameters = bag.take("RequestParameters");
        let models = bag.take("RequestModels");
        let validator = bag.take("RequestValidatorId")?;
        let text = self.evaluated(Some(validator))?;
        let id = text.strip_prefix("${validator:").and_then(|rest| rest.strip_suffix('}'));
        let Some(resource) = id.and_then(|id| self.values.document.resource(id)) else {
            let message = format!("`{text}` is not a request validator of this template");
            self.told.unsupported(message, validator.span);
            return None;
        };
        let mut looks_at =
            |name: &str| self.text(resource.property(name)).is_some_and(|text| text == "true");
        let [parameters_too, body_too] =
            ["ValidateRequestParameters", "ValidateRequestBody"].map(&mut looks_at);
        let mut asked = Asked::default();
        for Entry { key, value } in parameters.map(Node::entries).unwrap_or_default() {
            if parameters_too && self.evaluated(Some(value)).is_some_and(|text| text == "true") {
                asked.mapped(&key.text, key.span);
            }
        }
        for Entry { key, value } in models.map(Node::entries).unwrap_or_default() {
            if body_too && let Some(name) = self.evaluated(Some(value)) {
                asked.body(&key.text, Node::text(value.span, name));
            }
        }
        asked.node(span)
    }

    /// What an event of the Serverless Application Model asks of its requests.
    pub(super) fn request_model(
        &mut self,
        written: Option<&Node>,
        parameters: Option<&Node>,
    ) -> Option<Node> {
        let written = written?;
        let mut bag = Bag::of("RequestModel", written);
        bag.accept(&["Required"]);
        let name = bag.take("Model");
        let mut flag =
            |name| self.evaluated(bag.take(name)).is_some_and(|it| it.eq_ignore_ascii_case("true"));
        let (body_too, parameters_too) = (flag("ValidateBody"), flag("ValidateParameters"));
        bag.finish(self.told);
        let mut asked = Asked::default();
        for parameter in parameters.map(Node::each).unwrap_or_default() {
            // A bare name asks for nothing.
            for Entry { key, value } in parameter.entries() {
                let is_required = self.evaluated(value.get("Required"));
                if parameters_too && is_required.is_some_and(|it| it.eq_ignore_ascii_case("true")) {
                    asked.mapped(&key.text, key.span);
                }
            }
        }
        if let Some((name, node)) = self.evaluated(name).zip(name).filter(|_| body_too) {
            asked.body(JSON, Node::text(node.span, name.to_lowercase()));
        }
        asked.node(written.span)
    }

    /// Adds models to their APIs, once every API is known.
    pub(super) fn add_models(&mut self) {
        for (api, entry) in std::mem::take(&mut self.models) {
            let Some(draft) = self.native.api(&api) else {
                let message = format!("`{api}` is not an API of this template");
                self.told.unsupported(message, entry.key.span);
                continue;
            };
            if let Some(first) = draft.models.iter().find(|it| it.key.text == entry.key.text) {
                let message = format!("two models of one API are called `{}`", entry.key.text);
                let problem =
                    Problem::new(Code::Conflict, message).at(entry.key.span, "again here");
                self.told.problems.push(problem.related(first.key.span, "first here"));
                continue;
            }
            draft.models.push(entry);
        }
        for (_, api) in &mut self.native.apis {
            for (name, properties) in BUILT_IN {
                let used = api.routes.iter().find_map(|route| {
                    let body = route.value.get("validate")?.get("body")?;
                    body.entries().iter().find(|entry| entry.value.as_text() == Some(name))
                });
                let is_known = api.models.iter().any(|entry| entry.key.text == name);
                if let Some(used) = used.filter(|_| !is_known) {
                    let span = used.value.span;
                    api.models.push(Entry::new(name, span, built_in(properties, span)));
                }
            }
        }
    }
}

/// An object whose properties are texts.
fn built_in(properties: &[&str], span: Span) -> Node {
    let kind = |kind: &str| {
        let mut draft = Draft::new(span);
        draft.put("type", Node::text(span, kind));
        draft
    };
    let mut whole = kind("object");
    if !properties.is_empty() {
        let texts = properties.iter().map(|name| Entry::new(*name, span, kind("string").node()));
        whole.put("properties", Node::mapping(span, texts.collect()));
    }
    whole.node()
}
