//! APIs: with events of functions where that says all, otherwise with a document of OpenAPI.

mod document;
mod handover;
mod limit;
mod route;
mod validation;

use model::api::{LimitHeaders, RefusalShape};
use model::{Api, ByteSize, Cors, Protocol};

use super::Export;
use super::block::{self, Block};
use super::ids::Sort;
use crate::yaml::Node;
use limit::Throttles;
pub(super) use limit::per_second;

/// The largest body when nobody says otherwise.
const BODY: ByteSize = ByteSize::mib(10);

/// The stage of a REST API that has no name here.
const STAGE: &str = "Prod";

impl Export<'_> {
    pub(super) fn apis(&mut self) {
        let stack = self.stack;
        for api in &stack.apis {
            match api.protocol {
                Protocol::Http => self.http_api(api),
                Protocol::Rest => self.rest_api(api),
            }
        }
    }

    fn http_api(&mut self, api: &Api) {
        self.unsaid(api);
        let mut block = Block::new();
        if api.stage != "$default" {
            block.text("StageName", &api.stage);
        }
        if let Some(cors) = &api.cors {
            block.put("CorsConfiguration", of_http(cors));
        }
        let (document, keys) = self.routes(api);
        let Throttles { all, single } = self.throttles(api, &keys);
        block.some("DefaultRouteSettings", all.map(Block::node));
        let mut routes = Block::new();
        for (key, throttle) in single {
            routes.put(&key, throttle.node());
        }
        if !routes.is_empty() {
            block.put("RouteSettings", routes.node());
        }
        block.some("DefinitionBody", document);
        let id = self.id(Sort::Api, api.name.as_str());
        self.add(&id, "AWS::Serverless::HttpApi", block);
    }

    fn rest_api(&mut self, api: &Api) {
        let path = ["apis", api.name.as_str()];
        self.unsaid(api);
        let mut block = Block::new();
        if api.stage == "$default" {
            let message = format!("REST APIs have a stage with a name: `{}` has none", api.name);
            self.gap(message, &["apis", api.name.as_str(), "stage"]);
            block.text("StageName", STAGE);
        } else {
            block.text("StageName", &api.stage);
        }
        if !api.binary_media_types.is_empty() {
            let escaped = api.binary_media_types.iter().map(|kind| kind.replace('/', "~1"));
            block.put("BinaryMediaTypes", block::texts(&escaped.collect::<Vec<_>>()));
        }
        if let Some(cors) = &api.cors {
            let cors = self.preflight(cors, &path);
            block.put("Cors", cors);
        }
        let (document, keys) = self.routes(api);
        let Throttles { all, single } = self.throttles(api, &keys);
        let mut settings: Vec<Node> =
            all.into_iter().map(|throttle| setting("/*", "*", throttle)).collect();
        settings.extend(single.into_iter().map(|(key, throttle)| {
            let (method, path) = key.split_once(' ').unwrap_or(("*", &key));
            setting(path, if method == "ANY" { "*" } else { method }, throttle)
        }));
        if !settings.is_empty() {
            block.put("MethodSettings", block::list(settings));
        }
        block.some("DefinitionBody", document);
        let id = self.id(Sort::Api, api.name.as_str());
        self.add(&id, "AWS::Serverless::Api", block);
    }

    /// What API Gateway has in no form.
    fn unsaid(&mut self, api: &Api) {
        let name = api.name.as_str();
        let made = format!("{}.execute-api.", name.to_ascii_lowercase());
        let own: [(&str, bool, &str); 5] = [
            (
                "hosts",
                api.hosts.iter().any(|host| !host.starts_with(&made)),
                "needs a domain and a certificate for `hosts`, which are not part of the stack",
            ),
            ("max_body", api.max_body != BODY, "takes bodies of 10 MB there: `max_body`"),
            ("refusals", api.refusals != RefusalShape::Aws, "refuses in AWS's shapes there"),
            (
                "limit_headers",
                api.limit_headers != LimitHeaders::default()
                    && api.limit_headers != LimitHeaders::None,
                "tells callers nothing of limits there: `limit_headers`",
            ),
            ("limits_path", api.limits_path.is_some(), "has no `limits_path` there"),
        ];
        for (key, is_set, what) in own {
            if is_set {
                self.gap(format!("the API `{name}` {what}"), &["apis", name, key]);
            }
        }
    }

    /// API Gateway answers preflight requests of a REST API, and the rest is the functions' business.
    fn preflight(&mut self, cors: &Cors, path: &[&str; 2]) -> Node {
        let Cors { origins, methods, headers, expose, max_age, credentials } = cors;
        let mut block = Block::new();
        let quoted = |texts: &[String]| format!("'{}'", texts.join(","));
        if origins.len() > 1 {
            let message = "a REST API answers preflight requests of one origin, or of all";
            self.gap(message, &[path[0], path[1], "cors"]);
        }
        block.text("AllowOrigin", &quoted(&origins[..origins.len().min(1)]));
        if !methods.is_empty() {
            block.text("AllowMethods", &quoted(methods));
        }
        if !headers.is_empty() {
            block.text("AllowHeaders", &quoted(headers));
        }
        if let Some(age) = max_age {
            block.text("MaxAge", &format!("'{}'", age.as_secs()));
        }
        if *credentials {
            block.plain("AllowCredentials", true);
        }
        if !expose.is_empty() {
            let message = "which headers pages may read, functions of a REST API say themselves";
            self.gap(message, &[path[0], path[1], "cors", "expose"]);
        }
        let message =
            "functions of a REST API have to send `Access-Control-Allow-Origin` themselves";
        self.note(message, &[path[0], path[1], "cors"]);
        block.node()
    }
}

fn of_http(cors: &Cors) -> Node {
    let Cors { origins, methods, headers, expose, max_age, credentials } = cors;
    let mut block = Block::new();
    block.put("AllowOrigins", block::texts(origins));
    for (key, texts) in
        [("AllowMethods", methods), ("AllowHeaders", headers), ("ExposeHeaders", expose)]
    {
        if !texts.is_empty() {
            block.put(key, block::texts(texts));
        }
    }
    if methods.is_empty() {
        block.put("AllowMethods", block::list(vec![block::text("*")]));
    }
    if let Some(age) = max_age {
        block.plain("MaxAge", age.as_secs());
    }
    block.unless("AllowCredentials", *credentials, false);
    block.node()
}

fn setting(path: &str, method: &str, throttle: Block) -> Node {
    let mut block = Block::new();
    block.text("ResourcePath", path);
    block.text("HttpMethod", method);
    block.append(throttle);
    block.node()
}
