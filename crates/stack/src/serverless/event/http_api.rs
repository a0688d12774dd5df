//! `httpApi` events: routes of the service's HTTP API.

use super::Event;
use crate::foreign::{Fields, Key, Use};
use crate::problem::{Code, Problem};
use crate::serverless::api;
use crate::serverless::service::Service;
use crate::serverless::value::{as_text, put};
use crate::yaml::{Node, shorten};

const KEYS: [Key; 5] = [
    ("path", Use::Read),
    ("method", Use::Read),
    ("authorizer", Use::Read),
    ("timeout", Use::Nothing),
    ("operationId", Use::Nothing),
];

const OF_FUNCTION: [Key; 1] = [("payload", Use::Read)];

/// The format of events that the function asks for, or else the provider.
pub(super) fn payload(service: &mut Service<'_>, function: &Fields<'_>) -> Option<Node> {
    let own = function.get("httpApi");
    let own = own.and_then(|node| Fields::open(node, "`httpApi`", &OF_FUNCTION, service.told));
    let own = own.and_then(|fields| fields.get("payload"));
    let provider = service.provider.default_of("httpApi").and_then(|node| node.get("payload"));
    own.or(provider).map(as_text)
}

pub(super) fn lower(service: &mut Service<'_>, event: Event<'_>, payload: Option<&Node>) {
    let Some(key) = route_key(service, event) else { return };
    let mut entries = Vec::new();
    put(&mut entries, "function", Some(Node::text(event.span, event.function)));
    put(&mut entries, "payload", payload.cloned());
    let route = Node::mapping(event.span, entries);
    api::route(service, api::Kind::Http, &key, event.span, route);
}

/// `GET /users`, `* /users` and `*`; or method and path apart.
fn route_key(service: &mut Service<'_>, event: Event<'_>) -> Option<String> {
    let (method, path) = match event.node.as_text() {
        Some("*") => return Some("$default".to_owned()),
        Some(text) => match text.split_once(' ') {
            Some((method, path)) => (method, path.trim()),
            None => {
                let message = format!("`{}` is no route", shorten(text));
                let problem = Problem::new(Code::RouteKey, message).at(event.node.span, "");
                let help = "write a method and a path such as `GET /users`, or `*`";
                service.told.problems.push(problem.help(help));
                return None;
            }
        },
        None => {
            let fields = Fields::open(event.node, "an `httpApi` event", &KEYS, service.told)?;
            if let Some(authorizer) = fields.get("authorizer") {
                service.told.guarded(authorizer.span);
                return None;
            }
            match (fields.text("method"), fields.text("path")) {
                (None | Some("*"), Some("*")) => return Some("$default".to_owned()),
                (method, Some(path)) => (method.unwrap_or("*"), path),
                (_, None) => {
                    let problem = Problem::new(Code::MissingKey, "an `httpApi` event needs `path`");
                    service.told.problems.push(problem.at(event.span, ""));
                    return None;
                }
            }
        }
    };
    Some(api::route_key(method, path))
}
