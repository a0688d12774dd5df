//! What routes ask of their requests, in a document: parameters, schemas of bodies, and a validator for both.

use model::validation::EVERY_MEDIA_TYPE;
use model::{Api, Protocol, RequestParameter, Route};
use serde_json::Value as Json;

use crate::export::Export;
use crate::export::block::{self, Block};
use crate::yaml::Node;

/// What the one validator is called.
const WHOLE: &str = "whole";

impl Export<'_> {
    /// Adds what a route asks of its requests to its operation.
    pub(super) fn asked(&mut self, api: &Api, route: &Route, operation: &mut Block) {
        let Some(validation) = &route.validation else { return };
        let key = route.key();
        let path = ["apis", api.name.as_str(), "routes", &key, "validate"];
        if api.protocol == Protocol::Http {
            return self.gap("HTTP APIs ask nothing of requests: `validate`", &path);
        }
        let parameters = validation.parameters.iter().map(parameter);
        operation.extend("parameters", parameters.collect());
        let mut content = Block::new();
        for (media, model) in &validation.body {
            if media == EVERY_MEDIA_TYPE {
                let message = "a document names no model for every media type: it is asked of JSON";
                self.note(message, &path);
            }
            let mut reference = Block::new();
            reference.text("$ref", &format!("#/components/schemas/{model}"));
            let mut schema = Block::new();
            schema.put("schema", reference.node());
            let media = if media == EVERY_MEDIA_TYPE { "application/json" } else { media };
            content.put(media, schema.node());
        }
        if !content.is_empty() {
            let mut body = Block::new();
            body.put("content", content.node());
            operation.put("requestBody", body.node());
        }
        operation.text("x-amazon-apigateway-request-validator", WHOLE);
    }
}

fn parameter(parameter: &RequestParameter) -> Node {
    let kind = match parameter {
        RequestParameter::Query(_) => "query",
        RequestParameter::Header(_) => "header",
    };
    let mut schema = Block::new();
    schema.text("type", "string");
    let mut block = Block::new();
    block.text("name", parameter.name());
    block.text("in", kind);
    block.plain("required", true);
    block.put("schema", schema.node());
    block.node()
}

/// Whether an operation of the API names the validator.
pub(super) fn is_asked(api: &Api) -> bool {
    api.protocol == Protocol::Rest && api.routes.iter().any(|route| route.validation.is_some())
}

/// The validator that operations name.
pub(super) fn validators() -> Node {
    let mut whole = Block::new();
    whole.plain("validateRequestBody", true);
    whole.plain("validateRequestParameters", true);
    let mut all = Block::new();
    all.put(WHOLE, whole.node());
    all.node()
}

/// The API's models as schemas of a document. `None` where there are none.
pub(super) fn schemas(api: &Api) -> Option<Node> {
    let mut all = Block::new();
    for (name, schema) in &api.models {
        all.put(name, block::json(&rewritten(schema)));
    }
    (!all.is_empty()).then(|| all.node())
}

/// With references as a document has them.
fn rewritten(schema: &Json) -> Json {
    match schema {
        Json::Array(items) => items.iter().map(rewritten).collect(),
        Json::Object(members) => {
            let member = |(key, value): (&String, &Json)| match value {
                Json::String(address) if key == "$ref" && !address.starts_with('#') => {
                    let name = address.rsplit('/').next().unwrap_or_default();
                    (key.clone(), format!("#/components/schemas/{name}").into())
                }
                _ => (key.clone(), rewritten(value)),
            };
            Json::Object(members.iter().map(member).collect())
        }
        other => other.clone(),
    }
}
