//! `validate` of a route, made of what other tools ask of requests.

use super::json;
use crate::source::Span;
use crate::yaml::{Entry, Node, Value};

/// What is asked of a request.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    parameters: Vec<Node>,
    models: Vec<Entry>,
}

/// What API Gateway's mappings call parts of a request.
const PARTS: [(&str, &str); 2] =
    [("method.request.querystring.", "query"), ("method.request.header.", "header")];

impl Asked {
    /// `kind` is `query` or `header`; what stands in the path is always there.
    pub(crate) fn parameter(&mut self, kind: &str, name: &str, span: Span) {
        self.parameters.push(Node::text(span, format!("{kind}:{name}")));
    }

    /// A parameter as API Gateway writes it: `method.request.querystring.page`.
    pub(crate) fn mapped(&mut self, text: &str, span: Span) {
        for (prefix, kind) in PARTS {
            if let Some(name) = text.strip_prefix(prefix) {
                self.parameter(kind, name, span);
            }
        }
    }

    /// The model of bodies of a type.
    pub(crate) fn body(&mut self, media: &str, model: Node) {
        self.models.push(Entry::new(media, model.span, model));
    }

    /// `None` when nothing is asked.
    pub(crate) fn node(self, span: Span) -> Option<Node> {
        let Self { parameters, models } = self;
        let mut entries = Vec::new();
        if !parameters.is_empty() {
            entries.push(Entry::new("parameters", span, Node::list(span, parameters)));
        }
        if !models.is_empty() {
            entries.push(Entry::new("body", span, Node::mapping(span, models)));
        }
        (!entries.is_empty()).then(|| Node::mapping(span, entries))
    }
}

/// A name that models may have.
pub(crate) fn model_name(text: &str) -> String {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let words = text.split(|c: char| !is_allowed(c)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").chars().take(128).collect()
}

/// A model that is JSON in a text, or written as it is. `None` for other text.
pub(crate) fn model(written: Node) -> Option<Node> {
    match written.as_text() {
        Some(text) => json::tree(text, written.span),
        None => Some(written),
    }
}

/// Where documents of OpenAPI keep the schemas that others refer to.
pub(crate) const SCHEMAS: [&str; 2] = ["#/components/schemas/", "#/definitions/"];

/// A model whose references lead to other models, as those of such a document do.
pub(crate) fn referring(mut model: Node) -> Node {
    refer(&mut model);
    model
}

fn refer(node: &mut Node) {
    match &mut node.value {
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter_mut().for_each(refer),
        Value::Mapping(entries) => {
            for Entry { key, value } in entries {
                let text = value.as_text().filter(|_| key.text == "$ref").unwrap_or_default();
                match SCHEMAS.iter().find_map(|prefix| text.strip_prefix(prefix)) {
                    Some(name) => *value = Node::text(value.span, name),
                    None => refer(value),
                }
            }
        }
    }
}
