//! The document as a whole: its API, with a route for each operation.

use model::Protocol;

use super::operation::{self, Operation};
use super::pointer::follow;
use super::{cors, extension};
use crate::foreign;
use crate::problem::{Code, Problem, Told};
use crate::yaml::{Entry, Node, Scalar, Value};

/// What a document becomes.
#[derive(Debug, Default)]
pub(crate) struct Lowered {
    /// The keys of an API.
    pub(crate) api: Vec<Entry>,
    /// By name.
    pub(crate) upstreams: Vec<Entry>,
    /// What bodies of requests have to fit, by name.
    pub(crate) models: Vec<Entry>,
    /// The keys of all operations, also of those that are no routes.
    pub(crate) operations: Vec<String>,
}

const METHODS: [(&str, &str); 8] = [
    ("get", "GET"),
    ("put", "PUT"),
    ("post", "POST"),
    ("delete", "DELETE"),
    ("options", "OPTIONS"),
    ("head", "HEAD"),
    ("patch", "PATCH"),
    ("x-amazon-apigateway-any-method", "ANY"),
];

/// Brings a document into the manifest's form. Its texts are those of a manifest already, in which
/// `${function:hello.arn}` refers to a function of the stack. `None` once it has been told why not.
pub(crate) fn api(document: &Node, protocol: Protocol, told: &mut Told) -> Option<Lowered> {
    check_version(document, told)?;
    extension::check(document, told);
    check_key_source(document, told);
    let mut lowered = Lowered::default();
    let span = document.span;
    if protocol == Protocol::Rest {
        lowered.api.push(Entry::new("protocol", span, Node::text(span, "rest")));
    }
    if let Some(stage) = stage(document) {
        lowered.api.push(Entry::new("stage", stage.span, stage));
    }
    let settings = document.get("x-amazon-apigateway-cors");
    if let Some(settings) = settings.and_then(|node| cors::lower(node, told)) {
        lowered.api.push(Entry::new("cors", settings.span, settings));
    }
    if let Some(types) = document.get("x-amazon-apigateway-binary-media-types") {
        let types = unescaped(types.clone());
        lowered.api.push(Entry::new("binary_media_types", types.span, types));
    }
    let Some(paths) = document.get("paths") else {
        let problem = Problem::new(Code::MissingKey, "the document has no `paths`").at(span, "");
        told.problems.push(problem.help("an API needs at least one route"));
        return None;
    };
    let mut routes = Vec::new();
    for path in paths.entries() {
        let Some(item) = follow(document, &path.value, told) else { continue };
        extension::check(item, told);
        if let Some(trace) = item.entries().iter().find(|entry| entry.key.text == "trace") {
            told.unsupported("`TRACE` is not supported", trace.key.span);
        }
        for (key, method) in METHODS {
            let Some(entry) = item.entries().iter().find(|entry| entry.key.text == key) else {
                continue;
            };
            let operation = Operation { root: document, method, path: &path.key.text, item, entry };
            lowered.operations.push(operation::key(operation));
            if let Some((key, route)) = operation::lower(operation, &mut lowered, told) {
                routes.push(Entry::new(key, entry.key.span, route));
            }
        }
    }
    let models = std::mem::take(&mut lowered.models);
    if !models.is_empty() {
        lowered.api.push(Entry::new("models", span, Node::mapping(span, models)));
    }
    lowered.api.push(Entry::new("routes", paths.span, Node::mapping(paths.span, routes)));
    Some(lowered)
}

/// Media types as API Gateway takes them: `image~1png` is `image/png`, as in JSON pointers.
pub(crate) fn unescaped(mut types: Node) -> Node {
    if let Value::Sequence(items) = &mut types.value {
        for item in items {
            if let Value::Scalar(scalar) = &mut item.value {
                scalar.text = scalar.text.replace("~1", "/");
            }
        }
    }
    types
}

fn check_version(document: &Node, told: &mut Told) -> Option<()> {
    let version = document.get("openapi").or_else(|| document.get("swagger"));
    let Some(version) = version else {
        let message = "the document says neither `openapi` nor `swagger`";
        let help = "write `openapi: 3.0.1` or `swagger: \"2.0\"`";
        told.problems
            .push(Problem::new(Code::MissingKey, message).at(document.span, "").help(help));
        return None;
    };
    let text = version.as_text().unwrap_or_default();
    let is_known = ["3.0", "3.1"].iter().any(|known| text.starts_with(known));
    let is_swagger = document.get("swagger").is_some() && text.starts_with("2");
    if !is_known && !is_swagger {
        let message = "this version of OpenAPI is not read";
        let problem = Problem::new(Code::UnknownValue, message).at(version.span, "");
        told.problems.push(problem.help("use 3.0, 3.1, or 2.0 of Swagger"));
        return None;
    }
    Some(())
}

fn check_key_source(document: &Node, told: &mut Told) {
    let source = document.get("x-amazon-apigateway-api-key-source");
    if let Some(source) = source.filter(|source| source.as_text() != Some("HEADER")) {
        told.unsupported("API keys come in a header only", source.span);
    }
}

/// The first path segment of the API's address, which is its stage where API Gateway exported it.
fn stage(document: &Node) -> Option<Node> {
    let base = match document.get("servers").map(Node::items).and_then(<[Node]>::first) {
        Some(server) => server.get("variables")?.get("basePath")?.get("default")?,
        None => document.get("basePath")?,
    };
    let text = base.as_text()?.trim_matches('/');
    let is_one = !text.is_empty() && !text.contains('/');
    is_one.then(|| Node::text(base.span, text))
}

/// The kind of API that a document on its own means.
pub(super) fn protocol(document: &Node) -> Protocol {
    let is_http = document.get("x-amazon-apigateway-cors").is_some()
        || mentions(document, "payloadFormatVersion");
    if is_http && document.get("swagger").is_none() { Protocol::Http } else { Protocol::Rest }
}

fn mentions(node: &Node, key: &str) -> bool {
    let in_items = node.items().iter().any(|item| mentions(item, key));
    in_items || node.entries().iter().any(|it| it.key.text == key || mentions(&it.value, key))
}

/// A title as a name: `Pet store (v1)` is `pet-store-v1`.
pub(super) fn name_of(title: &str) -> String {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let words = title.split(|c: char| !is_allowed(c)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase().chars().take(64).collect()
}

/// The tree for the manifest, which substitutes nothing in it.
pub(crate) fn escaped(node: &Node) -> Node {
    let value = match &node.value {
        Value::Scalar(scalar) => {
            Value::Scalar(Scalar { text: foreign::escaped(&scalar.text), ..scalar.clone() })
        }
        Value::Sequence(items) => Value::Sequence(items.iter().map(escaped).collect()),
        Value::Mapping(entries) => {
            let copy =
                |entry: &Entry| Entry { key: entry.key.clone(), value: escaped(&entry.value) };
            Value::Mapping(entries.iter().map(copy).collect())
        }
    };
    Node { span: node.span, value }
}
