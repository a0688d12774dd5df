//! Routes to functions, as events of theirs.

use std::collections::BTreeSet;
use std::time::Duration;

use model::api::PayloadFormat;
use model::{Api, FunctionName, Integration, PathPattern, Protocol, Route};

use crate::export::Export;
use crate::export::block::{self, Block};
use crate::export::event;
use crate::export::ids::{Sort, pascal};
use crate::yaml::Node;

impl Export<'_> {
    /// Adds the routes to functions as their events. With a document where there are others, too, and the keys of all
    /// that the template has.
    pub(super) fn routes(&mut self, api: &Api) -> (Option<Node>, BTreeSet<String>) {
        let mut said = Vec::new();
        let mut is_plain = !super::validation::is_asked(api);
        for route in &api.routes {
            let key = route.key();
            let path = ["apis", api.name.as_str(), "routes", &key];
            self.no_priority(route.priority, &path);
            match &route.integration {
                Integration::Function { function, payload } => {
                    self.route(api, route, function, *payload);
                    said.push((route, self.function_operation(api, route, function, *payload)));
                }
                _ => {
                    if let Some(operation) = self.operation(api, route) {
                        is_plain = false;
                        said.push((route, operation));
                    }
                }
            }
        }
        let keys = said.iter().map(|(route, _)| route.key()).collect();
        ((!is_plain).then(|| super::document::whole(api, said)), keys)
    }

    fn route(&mut self, api: &Api, route: &Route, function: &FunctionName, payload: PayloadFormat) {
        let key = route.key();
        let path = ["apis", api.name.as_str(), "routes", &key];
        let id = self.id(Sort::Api, api.name.as_str());
        let mut block = Block::new();
        let kind = match api.protocol {
            Protocol::Http => {
                block.put("ApiId", block::reference(&id));
                "HttpApi"
            }
            Protocol::Rest => {
                block.put("RestApiId", block::reference(&id));
                "Api"
            }
        };
        if let PathPattern::Path { text, .. } = &route.path {
            block.text("Path", text);
            block.text("Method", &route.method.to_string().to_ascii_lowercase());
        } else if api.protocol == Protocol::Rest {
            return self.gap("REST APIs have no `$default` route", &path);
        }
        match (api.protocol, payload) {
            (Protocol::Http, PayloadFormat::V2) | (Protocol::Rest, PayloadFormat::Rest) => {}
            (Protocol::Http, PayloadFormat::V1) => block.text("PayloadFormatVersion", "1.0"),
            _ => self.gap("API Gateway does not send this `payload` from here", &path),
        }
        if let Some(millis) = self.timeout(api, route, &path) {
            block.plain("TimeoutInMillis", millis);
        }
        match (route.api_key_required, api.protocol) {
            (false, _) => {}
            (true, Protocol::Rest) => {
                let mut auth = Block::new();
                auth.plain("ApiKeyRequired", true);
                block.put("Auth", auth.node());
            }
            (true, Protocol::Http) => self.gap("HTTP APIs ask for no API keys", &path),
        }
        self.start(function, &event_name(route), event::of(kind, block));
    }

    /// Unless it is as long as it is anyway.
    pub(super) fn timeout(&mut self, api: &Api, route: &Route, path: &[&str]) -> Option<u128> {
        let usual = match api.protocol {
            Protocol::Http => Duration::from_secs(30),
            Protocol::Rest => Duration::from_secs(29),
        };
        if route.timeout > usual {
            let whole: Vec<&str> = path.iter().copied().chain(["timeout"]).collect();
            let message = format!("API Gateway waits {} s at most", usual.as_secs());
            self.gap(message, &whole);
            return None;
        }
        (route.timeout != usual).then_some(route.timeout.as_millis())
    }
}

/// `GET /orders/{id}` is `GetOrdersId`.
fn event_name(route: &Route) -> String {
    match &route.path {
        PathPattern::Default => "Default".to_owned(),
        PathPattern::Path { text, .. } => {
            let method = route.method.to_string().to_ascii_lowercase();
            let name = pascal(&method) + &pascal(text);
            if text == "/" { name + "Root" } else { name }
        }
    }
}
