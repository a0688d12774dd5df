//! `http` events: methods of the service's REST API.

use super::{Event, request};
use crate::foreign::{Fields, Key, Use};
use crate::problem::{Code, Problem};
use crate::serverless::api;
use crate::serverless::service::Service;
use crate::serverless::usage_plan;
use crate::serverless::value::put;
use crate::source::Span;
use crate::yaml::{Entry, Node, shorten};

const KEYS: [Key; 15] = [
    ("path", Use::Read),
    ("method", Use::Read),
    ("cors", Use::Read),
    ("private", Use::Read),
    ("async", Use::Read),
    ("integration", Use::Read),
    ("timeoutInMillis", Use::Read),
    ("operationId", Use::Nothing),
    ("documentation", Use::Nothing),
    ("authorizer", Use::Read),
    ("request", Use::Read),
    ("response", Use::Unsupported),
    ("connectionType", Use::Unsupported),
    ("connectionId", Use::Unsupported),
    ("scopes", Use::Unsupported),
];

const CORS: [Key; 7] = [
    ("origin", Use::Read),
    ("origins", Use::Read),
    ("headers", Use::Read),
    ("methods", Use::Read),
    ("allowCredentials", Use::Read),
    ("maxAge", Use::Read),
    ("cacheControl", Use::Read),
];

pub(super) fn lower(service: &mut Service<'_>, event: Event<'_>) {
    if let Some(text) = event.node.as_text() {
        match text.split_once(' ') {
            Some((method, path)) => add(service, event, method, path.trim(), None),
            None => {
                let message = format!("`{}` is no route", shorten(text));
                let problem = Problem::new(Code::RouteKey, message).at(event.node.span, "");
                let help = "write a method and a path such as `get users/list`";
                service.told.problems.push(problem.help(help));
            }
        }
        return;
    }
    let Some(fields) = Fields::open(event.node, "an `http` event", &KEYS, service.told) else {
        return;
    };
    if let Some(authorizer) = fields.get("authorizer") {
        return service.told.guarded(authorizer.span);
    }
    let (Some(method), Some(path)) = (fields.text("method"), fields.text("path")) else {
        let problem = Problem::new(Code::MissingKey, "an `http` event needs `path` and `method`");
        service.told.problems.push(problem.at(event.span, ""));
        return;
    };
    add(service, event, method, path, Some(&fields));
}

fn add(
    service: &mut Service<'_>,
    event: Event<'_>,
    method: &str,
    path: &str,
    fields: Option<&Fields<'_>>,
) {
    let get = |key: &str| fields.and_then(|fields| fields.get(key));
    if let Some(node) = get("integration") {
        let integration = node.as_text().unwrap_or_default().to_ascii_lowercase();
        if !matches!(&*integration, "lambda-proxy" | "lambda_proxy" | "aws_proxy" | "aws-proxy") {
            let message = format!("the integration `{}` is not supported", shorten(&integration));
            service.told.unsupported(message, node.span);
            return;
        }
    }
    let span = event.span;
    let mut entries = Vec::new();
    put(&mut entries, "function", Some(Node::text(span, event.function)));
    let is_async = get("async").is_some_and(Node::is_true);
    put(&mut entries, "invoke", is_async.then(|| Node::plain(span, "async")));
    if let Some(private) = get("private").filter(|node| node.is_true()) {
        put(&mut entries, "api_key_required", asks_for_key(service, private));
    }
    let timeout = get("timeoutInMillis").and_then(|node| {
        super::super::value::with_unit(node, "ms", "timeoutInMillis", service.told)
    });
    put(&mut entries, "timeout", timeout);
    let key = api::route_key(method, path);
    let asked = get("request").and_then(|node| request::lower(service, node, &key));
    put(&mut entries, "validate", asked);
    let method = key.split(' ').next().unwrap_or_default().to_owned();
    api::route(service, api::Kind::Rest, &key, span, Node::mapping(span, entries));
    if let Some(cors) = get("cors").filter(|cors| cors.as_text() != Some("false")) {
        preflight(service, cors, &method, path);
    }
}

/// Whether somebody could have a key; that nobody could is reported.
fn asks_for_key(service: &mut Service<'_>, private: &Node) -> Option<Node> {
    if usage_plan::has_plan(service) {
        return Some(Node::plain(private.span, "true"));
    }
    let message = "the service has no API keys, so no key opens this";
    let problem = Problem::new(Code::NoPlan, message).at(private.span, "");
    let help = "name who may call: `provider: { apiGateway: { apiKeys: [partner] } }`; `tidegate keys rotate partner` makes \
                the key's value";
    service.told.problems.push(problem.help(help));
    None
}

/// The route that answers browsers which ask first, made of what the methods of one path say.
fn preflight(service: &mut Service<'_>, cors: &Node, method: &str, path: &str) {
    let fields = match cors.is_true() {
        true => Some(Fields::empty(cors.span)),
        false => Fields::open(cors, "`cors`", &CORS, service.told),
    };
    let Some(fields) = fields else { return };
    let key = api::route_key("OPTIONS", path);
    let methods = match fields.get("methods") {
        Some(node) => texts(node),
        None => match method {
            "ANY" => ["OPTIONS", "DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"]
                .map(str::to_owned)
                .to_vec(),
            method => vec!["OPTIONS".to_owned(), method.to_owned()],
        },
    };
    if let Some(known) = api::known_route(service, api::Kind::Rest, &key) {
        add_methods(known, &methods);
        return;
    }
    let headers = headers(service, &fields, &methods, cors.span);
    let span = cors.span;
    let mock = vec![
        Entry::new("status", span, Node::plain(span, "204")),
        Entry::new("headers", span, Node::mapping(span, headers)),
    ];
    let route = vec![Entry::new("mock", span, Node::mapping(span, mock))];
    api::route(service, api::Kind::Rest, &key, span, Node::mapping(span, route));
}

fn headers(
    service: &mut Service<'_>,
    fields: &Fields<'_>,
    methods: &[String],
    span: Span,
) -> Vec<Entry> {
    let origins = fields.get("origins").or_else(|| fields.get("origin"));
    let origins = origins.map_or_else(|| vec!["*".to_owned()], texts);
    if origins.len() > 1 {
        let message = "several origins of one path are not supported";
        service.told.unsupported(message, span);
    }
    let allowed =
        fields.get("headers").map_or_else(|| api::CORS_HEADERS.map(str::to_owned).to_vec(), texts);
    let mut headers = Vec::new();
    let mut add = |name: &str, value: String| {
        headers.push(Entry::new(name, span, Node::text(span, value)));
    };
    add("Access-Control-Allow-Origin", origins.into_iter().next().unwrap_or_default());
    add("Access-Control-Allow-Headers", allowed.join(","));
    add("Access-Control-Allow-Methods", methods.join(","));
    if fields.get("allowCredentials").is_some_and(Node::is_true) {
        add("Access-Control-Allow-Credentials", "true".to_owned());
    }
    for (key, name) in [("maxAge", "Access-Control-Max-Age"), ("cacheControl", "Cache-Control")] {
        if let Some(text) = fields.text(key) {
            add(name, text.to_owned());
        }
    }
    headers
}

/// A list, or a text with commas.
fn texts(node: &Node) -> Vec<String> {
    let parts = node.each().iter().filter_map(Node::as_text);
    parts.flat_map(|text| text.split(',')).map(|text| text.trim().to_owned()).collect()
}

fn add_methods(route: &mut Node, methods: &[String]) {
    let allowed = ["mock", "headers", "Access-Control-Allow-Methods"];
    let Some(node) = allowed.iter().try_fold(route, |node, key| node.get_mut(key)) else { return };
    let Some(known) = node.as_text().map(str::to_owned) else { return };
    let mut all: Vec<&str> = known.split(',').collect();
    all.extend(
        methods.iter().map(String::as_str).filter(|method| !known.split(',').any(|k| k == *method)),
    );
    *node = Node::text(node.span, all.join(","));
}
