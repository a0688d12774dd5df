//! Documents of OpenAPI for APIs with routes that call no function.

use model::api::{MockReply, PayloadFormat};
use model::{
    Api, FunctionName, Integration, MethodMatch, PathPattern, PathSegment, Protocol, Route,
};

use super::validation;
use crate::export::Export;
use crate::export::block::{self, Block};
use crate::export::ids::Sort;
use crate::yaml::Node;

const INTEGRATION: &str = "x-amazon-apigateway-integration";
const KEYED: &str = "api_key";

/// The document of an API; REST APIs take the versions that HTTP APIs take.
pub(super) fn whole(api: &Api, operations: Vec<(&Route, Node)>) -> Node {
    let mut document = Block::new();
    document.text("openapi", "3.0.1");
    let mut about = Block::new();
    about.text("title", api.name.as_str());
    about.text("version", "1.0");
    document.put("info", about.node());
    let mut paths: Vec<(String, Block)> = Vec::new();
    let mut is_keyed = false;
    for (route, operation) in operations {
        is_keyed |= route.api_key_required;
        let path = match &route.path {
            PathPattern::Default => "/$default".to_owned(),
            PathPattern::Path { text, .. } => text.clone(),
        };
        let method = match &route.method {
            MethodMatch::One(method) => method.as_str().to_ascii_lowercase(),
            MethodMatch::Any => "x-amazon-apigateway-any-method".to_owned(),
        };
        match paths.iter_mut().find(|(known, _)| *known == path) {
            Some((_, methods)) => methods.put(&method, operation),
            None => {
                let mut methods = Block::new();
                methods.put(&method, operation);
                paths.push((path, methods));
            }
        }
    }
    let mut all = Block::new();
    paths.into_iter().for_each(|(path, methods)| all.put(&path, methods.node()));
    document.put("paths", all.node());
    let mut components = Block::new();
    if is_keyed {
        components.put("securitySchemes", schemes());
    }
    if validation::is_asked(api) {
        document.put("x-amazon-apigateway-request-validators", validation::validators());
        components.some("schemas", validation::schemas(api));
    }
    if !components.is_empty() {
        document.put("components", components.node());
    }
    document.node()
}

/// The header that API Gateway reads keys from.
fn schemes() -> Node {
    let mut scheme = Block::new();
    scheme.text("type", "apiKey");
    scheme.text("name", "x-api-key");
    scheme.text("in", "header");
    let mut schemes = Block::new();
    schemes.put(KEYED, scheme.node());
    schemes.node()
}

impl Export<'_> {
    pub(super) fn function_operation(
        &mut self,
        api: &Api,
        route: &Route,
        function: &FunctionName,
        payload: PayloadFormat,
    ) -> Node {
        let id = self.id(Sort::Function, function.as_str());
        let uri = format!(
            "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/\
             ${{{id}.Arn}}/invocations"
        );
        let mut block = Block::new();
        block.text("type", "aws_proxy");
        block.text("httpMethod", "POST");
        block.put("uri", block::sub(&uri));
        if api.protocol == Protocol::Http {
            let version = if payload == PayloadFormat::V1 { "1.0" } else { "2.0" };
            block.text("payloadFormatVersion", version);
        }
        self.finished(api, route, block, Block::new())
    }

    /// What a route that calls no function is in a document. `None` once it was told why it is nothing.
    pub(super) fn operation(&mut self, api: &Api, route: &Route) -> Option<Node> {
        let key = route.key();
        let path = ["apis", api.name.as_str(), "routes", &key];
        let unsaid = |what: &str| format!("`{key}` cannot be said in a template: {what}");
        let is_rest = api.protocol == Protocol::Rest;
        match &route.integration {
            Integration::Upstream { upstream, path: target, preserve_host } => {
                if *preserve_host {
                    self.gap(unsaid("`preserve_host`"), &path);
                }
                let uri = self.uri(route, upstream, target.as_deref(), &path)?;
                Some(self.proxied(api, route, &uri))
            }
            Integration::Mock(reply) if is_rest => {
                let (block, operation) = mock(reply);
                Some(self.finished(api, route, block, operation))
            }
            Integration::Redirect { status, location } if is_rest && !location.contains('{') => {
                let headers = vec![("location".to_owned(), location.clone())];
                let (block, operation) =
                    mock(&MockReply { status: *status, headers, body: String::new() });
                Some(self.finished(api, route, block, operation))
            }
            Integration::Handover(handover) => match self.handed_over(api, &key, handover) {
                Ok(block) => Some(self.finished(api, route, block, Block::new())),
                Err(why) => {
                    self.gap(unsaid(why), &path);
                    None
                }
            },
            other => {
                let what = match other {
                    Integration::Mock(_) => "an HTTP API has no fixed answers",
                    Integration::Redirect { .. } => "a redirect",
                    Integration::Sequence(_) => "a sequence of upstreams",
                    Integration::Health(_) => "the health of upstreams",
                    Integration::Function { .. }
                    | Integration::Upstream { .. }
                    | Integration::Handover(_) => "",
                };
                self.gap(unsaid(what), &path);
                None
            }
        }
    }

    /// A route that calls a server.
    fn proxied(&mut self, api: &Api, route: &Route, uri: &str) -> Node {
        let is_rest = api.protocol == Protocol::Rest;
        let mut block = Block::new();
        block.text("type", "http_proxy");
        block.text("httpMethod", &route.method.to_string());
        block.text("uri", uri);
        if !is_rest {
            block.text("payloadFormatVersion", "1.0");
        }
        let parameters = parameters(route);
        if is_rest && !parameters.is_empty() {
            let mut mapped = Block::new();
            for name in &parameters {
                let from = format!("method.request.path.{name}");
                mapped.text(&format!("integration.request.path.{name}"), &from);
            }
            block.put("requestParameters", mapped.node());
        }
        self.finished(api, route, block, declared(&parameters))
    }

    /// Where an upstream is, with the path that it is asked for.
    fn uri(
        &mut self,
        route: &Route,
        name: &model::UpstreamName,
        target: Option<&str>,
        path: &[&str],
    ) -> Option<String> {
        let upstream = self.stack.upstreams.get(name)?;
        if upstream.process.is_some() {
            self.gap(format!("`{name}` is a process of this server"), path);
            return None;
        }
        let own = ["upstreams", name.as_str()];
        let [address] = upstream.addresses.as_slice() else {
            self.gap(format!("API Gateway does not balance the addresses of `{name}`"), &own);
            return None;
        };
        for (key, is_set) in
            [("health", upstream.health.is_some()), ("concurrency", upstream.concurrency.is_some())]
        {
            if is_set {
                let message = format!("API Gateway has no `{key}` for `{name}`");
                self.gap(message, &[own[0], own[1], key]);
            }
        }
        let target = match (target, &route.path) {
            (Some(target), _) => target.to_owned(),
            (None, PathPattern::Path { text, .. }) => text.replace("+}", "}"),
            (None, PathPattern::Default) => {
                self.gap("`$default` passes no path on in API Gateway", path);
                return None;
            }
        };
        let host = match address.host.contains(':') {
            true => format!("[{}]", address.host),
            false => address.host.clone(),
        };
        let port = if address.port == 80 { String::new() } else { format!(":{}", address.port) };
        Some(format!("http://{host}{port}{}{target}", address.base_path))
    }

    fn finished(&mut self, api: &Api, route: &Route, mut block: Block, operation: Block) -> Node {
        let key = route.key();
        let path = ["apis", api.name.as_str(), "routes", &key];
        if let Some(millis) = self.timeout(api, route, &path) {
            block.plain("timeoutInMillis", millis);
        }
        let mut operation = operation;
        if route.api_key_required {
            let mut keyed = Block::new();
            keyed.put(KEYED, block::list(Vec::new()));
            operation.put("security", block::list(vec![keyed.node()]));
        }
        self.asked(api, route, &mut operation);
        if matches!(route.path, PathPattern::Default) {
            operation.plain("isDefaultRoute", true);
        }
        operation.put(INTEGRATION, block.node());
        operation.node()
    }
}

fn parameters(route: &Route) -> Vec<String> {
    let PathPattern::Path { segments, .. } = &route.path else { return Vec::new() };
    let name = |segment: &PathSegment| match segment {
        PathSegment::Parameter(name) | PathSegment::Greedy(name) => Some(name.clone()),
        PathSegment::Literal(_) => None,
    };
    segments.iter().filter_map(name).collect()
}

fn declared(parameters: &[String]) -> Block {
    let mut operation = Block::new();
    let one = |name: &String| {
        let mut schema = Block::new();
        schema.text("type", "string");
        let mut parameter = Block::new();
        parameter.text("name", name);
        parameter.text("in", "path");
        parameter.plain("required", true);
        parameter.put("schema", schema.node());
        parameter.node()
    };
    if !parameters.is_empty() {
        operation.put("parameters", block::list(parameters.iter().map(one).collect()));
    }
    operation
}

/// A fixed answer: its integration, and what else the operation says of it.
fn mock(reply: &MockReply) -> (Block, Block) {
    let MockReply { status, headers, body } = reply;
    let (mut fixed, mut named) = (Block::new(), Block::new());
    let mut kind = "application/json";
    for (name, value) in headers {
        if name == "content-type" {
            kind = value;
        }
        fixed.text(&format!("method.response.header.{name}"), &format!("'{value}'"));
        let mut schema = Block::new();
        schema.text("type", "string");
        let mut header = Block::new();
        header.put("schema", schema.node());
        named.put(name, header.node());
    }
    let mut answer = Block::new();
    answer.text("statusCode", &status.to_string());
    if !fixed.is_empty() {
        answer.put("responseParameters", fixed.node());
    }
    if !body.is_empty() {
        let mut templates = Block::new();
        templates.text(kind, body);
        answer.put("responseTemplates", templates.node());
    }
    let mut answers = Block::new();
    answers.put("default", answer.node());
    let mut asked = Block::new();
    asked.text("application/json", &format!("{{\"statusCode\": {status}}}"));
    let mut block = Block::new();
    block.text("type", "mock");
    block.put("requestTemplates", asked.node());
    block.put("responses", answers.node());
    let mut response = Block::new();
    response.text("description", "as it is");
    if !named.is_empty() {
        response.put("headers", named.node());
    }
    let mut responses = Block::new();
    responses.put(&status.to_string(), response.node());
    let mut operation = Block::new();
    operation.put("responses", responses.node());
    (block, operation)
}
