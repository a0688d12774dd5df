//! `x-amazon-apigateway-request-validator`: what an operation asks of its requests, and the schemas of their
//! bodies.

use super::operation::Operation;
use super::pointer::follow;
use crate::foreign::validation::{Asked, SCHEMAS, model_name};
use crate::problem::{Code, Problem, Told};
use crate::shape::did_you_mean;
use crate::yaml::{Entry, Node, Value};

const VALIDATOR: &str = "x-amazon-apigateway-request-validator";
const VALIDATORS: &str = "x-amazon-apigateway-request-validators";

/// What schemas of OpenAPI 3.1 are.
const LATER: &str = "https://json-schema.org/draft/2020-12/schema";

/// The `validate` of a route, which may add to the models of its API.
pub(super) fn lower(
    operation: Operation<'_>,
    models: &mut Vec<Entry>,
    told: &mut Told,
) -> Option<Node> {
    let Operation { root, entry, item, .. } = operation;
    let named = entry.value.get(VALIDATOR).or_else(|| root.get(VALIDATOR))?;
    let (parameters_too, body_too) = looks_at(root, named, told)?;
    let mut asked = Asked::default();
    let mut of_body = None;
    for parameter in parameters(root, item, &entry.value, told) {
        let text = |key: &str| parameter.get(key).and_then(Node::as_text).unwrap_or_default();
        let is_required = parameter.get("required").is_some_and(Node::is_true);
        match (text("in"), text("name")) {
            (kind @ ("query" | "header"), name) if parameters_too && is_required => {
                asked.parameter(kind, name, parameter.span);
            }
            ("body", _) => of_body = parameter.get("schema"),
            _ => {}
        }
    }
    if body_too {
        let mut schemas = Schemas { root, models, told };
        for (media, schema) in bodies(operation, of_body, schemas.told) {
            let name = schemas.name_of(operation, media, schema)?;
            asked.body(media, Node::text(schema.span, name));
        }
    }
    asked.node(named.span)
}

/// Whether a validator looks at parameters, and at bodies.
fn looks_at(root: &Node, named: &Node, told: &mut Told) -> Option<(bool, bool)> {
    let name = named.as_text().unwrap_or_default();
    let all = root.get(VALIDATORS).map(Node::entries).unwrap_or_default();
    let Some(found) = all.iter().find(|entry| entry.key.text == name) else {
        let message = format!("the request validator `{name}` is not in this document");
        let names = all.iter().map(|entry| &*entry.key.text);
        let help = did_you_mean(name, names);
        let help = help.unwrap_or_else(|| format!("define it under `{VALIDATORS}`"));
        told.problems.push(Problem::new(Code::Dangling, message).at(named.span, "").help(help));
        return None;
    };
    let flag = |key: &str| found.value.get(key).is_some_and(Node::is_true);
    Some((flag("validateRequestParameters"), flag("validateRequestBody")))
}

/// Those of the operation, and those of its path that it does not say anew.
fn parameters<'a>(
    root: &'a Node,
    item: &'a Node,
    operation: &'a Node,
    told: &mut Told,
) -> Vec<&'a Node> {
    let mut all: Vec<&Node> = Vec::new();
    for part in [operation, item] {
        let written = part.get("parameters").map(Node::items).unwrap_or_default();
        for parameter in written.iter().filter_map(|node| follow(root, node, told)) {
            let same = |key: &str, other: &Node| {
                other.get(key).and_then(Node::as_text) == parameter.get(key).and_then(Node::as_text)
            };
            if !all.iter().any(|other| same("in", other) && same("name", other)) {
                all.push(parameter);
            }
        }
    }
    all
}

/// Schemas of bodies by media type: those of `requestBody`, or Swagger's parameter.
fn bodies<'a>(
    operation: Operation<'a>,
    parameter: Option<&'a Node>,
    told: &mut Told,
) -> Vec<(&'a str, &'a Node)> {
    let Operation { root, entry, .. } = operation;
    if let Some(schema) = parameter {
        let consumes = entry.value.get("consumes").or_else(|| root.get("consumes"));
        let consumes: Vec<&str> = consumes
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Node::as_text)
            .collect();
        let usual = if consumes.is_empty() { vec!["application/json"] } else { consumes };
        return usual.into_iter().map(|media| (media, schema)).collect();
    }
    let body = entry.value.get("requestBody").and_then(|body| follow(root, body, told));
    let content = body.and_then(|body| body.get("content"));
    let types = content.map(Node::entries).unwrap_or_default().iter();
    types.filter_map(|media| Some((&*media.key.text, media.value.get("schema")?))).collect()
}

/// The document's schemas on their way to the API's models.
struct Schemas<'a, 'b> {
    root: &'a Node,
    models: &'b mut Vec<Entry>,
    told: &'b mut Told,
}

impl Schemas<'_, '_> {
    /// What the schema of a body is called; one without a name is given one.
    fn name_of(&mut self, operation: Operation<'_>, media: &str, schema: &Node) -> Option<String> {
        if let Some(reference) = schema.get("$ref") {
            return self.referred(reference);
        }
        let id = operation.entry.value.get("operationId").and_then(Node::as_text);
        let own = id.map(str::to_owned).unwrap_or_else(|| super::operation::key(operation));
        let mut name = model_name(&own);
        if self.has(&name) {
            name = model_name(&format!("{own} {media}"));
        }
        self.add(&name, schema);
        Some(name)
    }

    fn has(&self, name: &str) -> bool {
        self.models.iter().any(|entry| entry.key.text == name)
    }

    /// The name of the schema that a reference leads to, which becomes a model, too.
    fn referred(&mut self, reference: &Node) -> Option<String> {
        let text = reference.as_text().unwrap_or_default();
        let name = SCHEMAS.iter().find_map(|prefix| text.strip_prefix(prefix));
        let Some(name) = name.filter(|name| !name.contains('/')) else {
            let message = format!("`{text}` is no schema of this document's own list of them");
            self.told.unsupported(message, reference.span);
            return None;
        };
        let written = Node::mapping(
            reference.span,
            vec![Entry::new("$ref", reference.span, reference.clone())],
        );
        let found = follow(self.root, &written, self.told).cloned();
        if let Some(found) = found.filter(|_| !self.has(name)) {
            self.add(name, &found);
        }
        Some(name.to_owned())
    }

    fn add(&mut self, name: &str, schema: &Node) {
        let at = self.models.len();
        // It has its place before what it refers to, which may be itself.
        self.models.push(Entry::new(name, schema.span, schema.clone()));
        let mut schema = schema.clone();
        self.rewrite(&mut schema);
        let version = self.root.get("openapi").and_then(Node::as_text).unwrap_or_default();
        if let Value::Mapping(entries) = &mut schema.value
            && version.starts_with("3.1")
            && entries.iter().all(|entry| entry.key.text != "$schema")
        {
            entries.insert(0, Entry::new("$schema", schema.span, Node::text(schema.span, LATER)));
        }
        self.models[at].value = schema;
    }

    /// Has references lead to models.
    fn rewrite(&mut self, node: &mut Node) {
        match &mut node.value {
            Value::Scalar(_) => {}
            Value::Sequence(items) => items.iter_mut().for_each(|item| self.rewrite(item)),
            Value::Mapping(entries) => {
                for entry in entries {
                    let is_reference = entry.key.text == "$ref" && entry.value.as_text().is_some();
                    if !is_reference {
                        self.rewrite(&mut entry.value);
                    } else if let Some(name) = self.referred(&entry.value) {
                        entry.value = Node::text(entry.value.span, name);
                    }
                }
            }
        }
    }
}
