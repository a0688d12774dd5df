//! One operation of a path: a route.

use super::document::Lowered;
use super::extension;
use super::integration;
use super::pointer::follow;
use super::validation;
use crate::problem::{Code, Problem, Told};
use crate::yaml::{Entry, Node};

/// How the Serverless Application Model says that nothing is asked for.
const OPEN: &str = "NONE";

/// Where an operation is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation<'a> {
    pub(super) root: &'a Node,
    pub(super) method: &'static str,
    pub(super) path: &'a str,
    /// What all operations of the path have in common.
    pub(super) item: &'a Node,
    pub(super) entry: &'a Entry,
}

/// The route's key and the route itself.
pub(super) fn lower(
    operation: Operation<'_>,
    lowered: &mut Lowered,
    told: &mut Told,
) -> Option<(String, Node)> {
    let node = &operation.entry.value;
    let span = operation.entry.key.span;
    extension::check(node, told);
    let key = key(operation);
    let Some(written) = node.get("x-amazon-apigateway-integration") else {
        let message = format!("`{key}` has no `x-amazon-apigateway-integration`");
        let help = "say what it calls: a function, a server, or a mock";
        told.problems.push(Problem::new(Code::MissingKey, message).at(span, "").help(help));
        return None;
    };
    let integration = follow(operation.root, written, told)?;
    let mut route =
        integration::lower(integration, operation.method, span, &mut lowered.upstreams, told)?;
    let asked = validation::lower(operation, &mut lowered.models, told);
    route.extend(asked.map(|asked| Entry::new("validate", asked.span, asked)));
    match access(operation, told) {
        Access::Open => {}
        Access::Keyed => {
            route.push(Entry::new("api_key_required", span, Node::plain(span, "true")));
        }
        // Left out, the route would be open to everybody: it goes, too.
        Access::Guarded => return None,
    }
    Some((key, Node::mapping(span, route)))
}

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Open,
    Keyed,
    /// Whom an authorizer lets through.
    Guarded,
}

/// What the operation's route is called.
pub(super) fn key(operation: Operation<'_>) -> String {
    let is_default = operation.entry.value.get("isDefaultRoute").is_some_and(Node::is_true);
    match operation.path {
        _ if is_default => "$default".to_owned(),
        "/$default" => "$default".to_owned(),
        path => format!("{} {}", operation.method, trimmed(path)),
    }
}

/// A path ends without a slash here.
fn trimmed(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" => "/",
        path => path,
    }
}

/// What the operation's schemes, or else the document's, ask of a caller.
fn access(operation: Operation<'_>, told: &mut Told) -> Access {
    let root = operation.root;
    let asked = operation.entry.value.get("security").or_else(|| root.get("security"));
    let schemes = root
        .get("components")
        .and_then(|components| components.get("securitySchemes"))
        .or_else(|| root.get("securityDefinitions"));
    let mut access = Access::Open;
    for requirement in asked.map(Node::items).unwrap_or_default().iter().flat_map(Node::entries) {
        let name = &requirement.key.text;
        let is_open = name == OPEN && schemes.is_none_or(|all| all.get(name).is_none());
        if is_open {
            continue;
        }
        let Some(scheme) = schemes.and_then(|schemes| schemes.get(name)) else {
            let message = format!("the security scheme `{name}` is not in this document");
            told.problems.push(Problem::new(Code::Dangling, message).at(requirement.key.span, ""));
            continue;
        };
        let has = |key: &str| scheme.get(key).is_some();
        let text = |key: &str| scheme.get(key).and_then(Node::as_text).unwrap_or_default();
        if has("x-amazon-apigateway-authorizer") || has("x-amazon-apigateway-authtype") {
            told.guarded(requirement.key.span);
            access = Access::Guarded;
        } else if text("type") == "apiKey" && text("name").eq_ignore_ascii_case("x-api-key") {
            access = if access == Access::Open { Access::Keyed } else { access };
        } else {
            let message = format!("nothing checks the security scheme `{name}`, as in API Gateway");
            told.note(message, requirement.key.span);
        }
    }
    access
}
