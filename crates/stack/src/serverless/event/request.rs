//! `request` of an `http` event: what is asked of requests.

use crate::foreign::validation::{Asked, model, model_name};
use crate::foreign::{Fields, Key, Use};
use crate::problem::{Code, Problem};
use crate::serverless::api;
use crate::serverless::service::Service;
use crate::serverless::value::copied;
use crate::yaml::{Entry, Node, shorten};

const PROXIED: Use = Use::Note("means nothing to a function that gets the whole request");

const KEYS: [Key; 6] = [
    ("parameters", Use::Read),
    ("schemas", Use::Read),
    ("template", PROXIED),
    ("passThrough", PROXIED),
    ("uri", Use::Unsupported),
    ("contentHandling", PROXIED),
];

const PARAMETERS: [Key; 3] =
    [("querystrings", Use::Read), ("headers", Use::Read), ("paths", Use::Read)];

const KINDS: [(&str, &str); 2] = [("querystrings", "query"), ("headers", "header")];

/// The `validate` of the route, whose models become its API's.
pub(super) fn lower(service: &mut Service<'_>, node: &Node, key: &str) -> Option<Node> {
    let fields = Fields::open(node, "`request`", &KEYS, service.told)?;
    let mut asked = Asked::default();
    if let Some(written) = fields.get("parameters") {
        let parameters = Fields::open(written, "`parameters`", &PARAMETERS, service.told)?;
        for (kind, own) in KINDS {
            for entry in parameters.get(kind).map(Node::entries).unwrap_or_default() {
                if is_required(&entry.value) {
                    asked.parameter(own, &entry.key.text, entry.key.span);
                }
            }
        }
    }
    for Entry { key: media, value } in fields.get("schemas").map(Node::entries).unwrap_or_default()
    {
        let (name, schema) = schema(service, value, &format!("{key} {}", media.text));
        let Some(schema) = model(copied(schema)) else {
            let written = shorten(value.as_text().unwrap_or_default());
            let message =
                format!("`{written}` is no schema of `provider.apiGateway.request.schemas`");
            let problem = Problem::new(Code::Dangling, message).at(value.span, "");
            let help = "name one of those, or write the schema here";
            service.told.problems.push(problem.help(help));
            continue;
        };
        api::model(service, &name, value.span, schema);
        asked.body(&media.text, Node::text(value.span, name));
    }
    asked.node(node.span)
}

/// `true`, or a mapping that says so or nothing of it.
fn is_required(value: &Node) -> bool {
    match value.get("required") {
        Some(required) => required.is_true(),
        None => value.is_true() || !value.entries().is_empty(),
    }
}

/// A schema and its name: one of the provider's, one with a name, or one that is written here.
fn schema<'n>(service: &Service<'n>, value: &'n Node, place: &str) -> (String, &'n Node) {
    let settings = service.provider.default_of("apiGateway");
    let shared = settings.and_then(|it| it.get("request")?.get("schemas"));
    let text = value.as_text().unwrap_or_default();
    let (id, written) = match shared.and_then(|all| all.get(text)) {
        Some(shared) => (text, shared),
        None => (place, value),
    };
    let own = written.get("schema");
    let name = own.and(written.get("name")).and_then(Node::as_text).unwrap_or(id);
    (model_name(name), own.unwrap_or(written))
}
