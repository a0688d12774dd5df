//! The two APIs of a service: the REST API of `http` events, the HTTP API of `httpApi` events.

use super::service::Service;
use super::value::{as_text, copied, put, with_unit};
use crate::foreign::{Fields, Key, Section, Use};
use crate::source::Span;
use crate::yaml::{Entry, Node, Value};

const NOWHERE: Use = Use::Note("has no meaning here");

const HTTP: [Key; 9] = [
    ("name", Use::Read),
    ("cors", Use::Read),
    ("payload", Use::Read),
    ("metrics", NOWHERE),
    ("disableDefaultEndpoint", NOWHERE),
    ("useProviderTags", Use::Nothing),
    ("shouldStartNameWithService", Use::Read),
    ("authorizers", Use::Unsupported),
    ("id", Use::Unsupported),
];

const CORS: [Key; 6] = [
    ("allowedOrigins", Use::Read),
    ("allowedHeaders", Use::Read),
    ("allowedMethods", Use::Read),
    ("allowCredentials", Use::Read),
    ("exposedResponseHeaders", Use::Read),
    ("maxAge", Use::Read),
];

const REST: [Key; 20] = [
    ("binaryMediaTypes", Use::Read),
    ("shouldStartNameWithService", Use::Read),
    ("apiKeys", Use::Read),
    ("usagePlan", Use::Read),
    ("description", Use::Nothing),
    ("stage", Use::Unsupported),
    ("metrics", NOWHERE),
    ("disableDefaultEndpoint", NOWHERE),
    ("minimumCompressionSize", NOWHERE),
    ("timeoutInMillis", Use::Nothing),
    ("request", Use::Read),
    ("resourcePolicy", Use::Unsupported),
    ("apiKeySourceType", Use::Unsupported),
    ("restApiId", Use::Unsupported),
    ("restApiRootResourceId", Use::Unsupported),
    ("restApiResources", Use::Unsupported),
    ("websocketApiId", Use::Unsupported),
    ("websocket", Use::Unsupported),
    ("gatewayResponses", Use::Unsupported),
    ("authorizers", Use::Unsupported),
];

/// What pages may send unless the service says otherwise.
pub(super) const CORS_HEADERS: [&str; 7] = [
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amz-User-Agent",
    "X-Amzn-Trace-Id",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Http,
    Rest,
}

/// `GET /users/{id}` of whatever case and slashes.
pub(super) fn route_key(method: &str, path: &str) -> String {
    let method = match method.to_ascii_uppercase().as_str() {
        "*" => "ANY".to_owned(),
        method => method.to_owned(),
    };
    format!("{method} /{}", path.trim().trim_matches('/'))
}

/// Adds a route to the service's API of this kind, which the first route makes.
pub(super) fn route(service: &mut Service<'_>, kind: Kind, key: &str, span: Span, route: Node) {
    let name = name(service, kind);
    if !service.draft.has(Section::Apis, &name) {
        let api = api(service, kind, span);
        service.draft.put(Section::Apis, &name, span, api);
    }
    let routes = service.draft.get_mut(Section::Apis, &name).and_then(|api| api.get_mut("routes"));
    if let Some(Value::Mapping(routes)) = routes.map(|routes| &mut routes.value) {
        routes.push(Entry::new(key, span, route));
    }
}

/// Adds a model to the service's REST API, whose route is about to follow.
pub(super) fn model(service: &mut Service<'_>, name: &str, span: Span, model: Node) {
    let api_name = self::name(service, Kind::Rest);
    if !service.draft.has(Section::Apis, &api_name) {
        let api = api(service, Kind::Rest, span);
        service.draft.put(Section::Apis, &api_name, span, api);
    }
    let Some(api) = service.draft.get_mut(Section::Apis, &api_name) else { return };
    if api.get("models").is_none()
        && let Value::Mapping(entries) = &mut api.value
    {
        entries.insert(0, Entry::new("models", span, Node::mapping(span, Vec::new())));
    }
    if let Some(Value::Mapping(models)) = api.get_mut("models").map(|models| &mut models.value)
        && models.iter().all(|entry| entry.key.text != name)
    {
        models.push(Entry::new(name, span, model));
    }
}

/// A route that was added before.
pub(super) fn known_route<'s>(
    service: &'s mut Service<'_>,
    kind: Kind,
    key: &str,
) -> Option<&'s mut Node> {
    let name = name(service, kind);
    service.draft.get_mut(Section::Apis, &name)?.get_mut("routes")?.get_mut(key)
}

/// As AWS shows it: `dev-shop`. Where a service has both APIs, the other one is `dev-shop-http`.
pub(super) fn name(service: &Service<'_>, kind: Kind) -> String {
    let settings = match kind {
        Kind::Http => service.provider.default_of("httpApi"),
        Kind::Rest => service.provider.default_of("apiGateway"),
    };
    let own = match kind {
        Kind::Http => settings.and_then(|node| node.get("name")),
        Kind::Rest => service.provider.default_of("apiName"),
    };
    if let Some(own) = own.and_then(Node::as_text) {
        return own.to_owned();
    }
    let (service_name, stage) = (&service.name, &service.stage);
    let starts = settings.and_then(|node| node.get("shouldStartNameWithService"));
    let name = match starts.is_some_and(Node::is_true) {
        true => format!("{service_name}-{stage}"),
        false => format!("{stage}-{service_name}"),
    };
    if kind == Kind::Http { format!("{name}-http") } else { name }
}

fn api(service: &mut Service<'_>, kind: Kind, span: Span) -> Node {
    let mut entries = Vec::new();
    match kind {
        Kind::Http => {
            let written = service.provider.default_of("httpApi");
            let fields =
                written.and_then(|node| Fields::open(node, "`httpApi`", &HTTP, service.told));
            let written = fields.and_then(|fields| fields.get("cors"));
            let cors = written.filter(|cors| cors.as_text() != Some("false"));
            let cors = cors.and_then(|node| cors_of(service, node));
            put(&mut entries, "cors", cors);
        }
        Kind::Rest => {
            let text = |text: &str| Some(Node::text(span, text));
            put(&mut entries, "protocol", text("rest"));
            let stage = service.stage.clone();
            put(&mut entries, "stage", text(&stage));
            let written = service.provider.default_of("apiGateway");
            let fields =
                written.and_then(|node| Fields::open(node, "`apiGateway`", &REST, service.told));
            let types = fields.and_then(|fields| fields.get("binaryMediaTypes"));
            put(&mut entries, "binary_media_types", types.map(copied));
        }
    }
    put(&mut entries, "routes", Some(Node::mapping(span, Vec::new())));
    Node::mapping(span, entries)
}

/// `true`, or what pages may do.
pub(super) fn cors_of(service: &mut Service<'_>, node: &Node) -> Option<Node> {
    let fields = match node.is_true() {
        true => Fields::empty(node.span),
        false => Fields::open(node, "`cors`", &CORS, service.told)?,
    };
    let span = node.span;
    let mut entries = Vec::new();
    let origins = fields.get("allowedOrigins").map(copied);
    put(&mut entries, "origins", origins.or_else(|| Some(Node::text(span, "*"))));
    put(&mut entries, "methods", fields.get("allowedMethods").map(copied));
    let headers = fields.get("allowedHeaders").map(copied);
    let usual = || CORS_HEADERS.iter().map(|name| Node::text(span, *name)).collect();
    put(&mut entries, "headers", headers.or_else(|| Some(Node::list(span, usual()))));
    put(&mut entries, "expose", fields.get("exposedResponseHeaders").map(copied));
    let age = fields.get("maxAge");
    put(&mut entries, "max_age", age.and_then(|node| with_unit(node, "s", "maxAge", service.told)));
    put(&mut entries, "credentials", fields.get("allowCredentials").map(as_text));
    Some(Node::mapping(span, entries))
}
