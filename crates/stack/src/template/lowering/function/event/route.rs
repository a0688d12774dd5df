//! Events that are requests: routes of REST and HTTP APIs.

use crate::source::Span;
use crate::template::bag::Bag;
use crate::template::lowering::Lowering;
use crate::template::native::Draft;
use crate::template::values::{HTTP_API, REST_API};
use crate::yaml::{Key, Node};

impl Lowering<'_> {
    pub(super) fn rest_route(&mut self, function: &str, event: &Key, properties: &Node) {
        let mut bag = Bag::of("an Api event", properties);
        let (path, method) = (bag.take("Path"), bag.take("Method"));
        let api = bag.take("RestApiId");
        let mut route = self.route_to(function, event.span);
        let is_guarded = self.authorized(bag.take("Auth"), &mut route);
        self.timeout(bag.take("TimeoutInMillis"), &mut route);
        bag.finish(self.told);
        if is_guarded {
            return;
        }
        let (Some(path), Some(method)) = (self.evaluated(path), self.evaluated(method)) else {
            self.refuse("an Api event needs `Path` and `Method`", event.span);
            return;
        };
        let api = self.api_named(api, REST_API, event.span);
        self.add_route(api, key(&method, &path), event.span, route);
    }

    pub(super) fn http_route(&mut self, function: &str, event: &Key, properties: &Node) {
        let mut bag = Bag::of("an HttpApi event", properties);
        let (path, method) = (bag.take("Path"), bag.take("Method"));
        let api = bag.take("ApiId");
        let mut route = self.route_to(function, event.span);
        let payload = bag.take("PayloadFormatVersion");
        if let Some(payload) = self.evaluated(payload) {
            route.put("payload", Node::text(event.span, payload));
        }
        let is_guarded = self.authorized(bag.take("Auth"), &mut route);
        self.timeout(bag.take("TimeoutInMillis"), &mut route);
        let settings = bag.take("RouteSettings");
        self.throttled(settings, &mut route);
        bag.finish(self.told);
        if is_guarded {
            return;
        }
        let key = match (self.evaluated(path), self.evaluated(method)) {
            (None, None) => "$default".to_owned(),
            (Some(path), method) => key(&method.unwrap_or_else(|| "any".to_owned()), &path),
            (None, Some(_)) => {
                self.refuse("an HttpApi event with a `Method` needs a `Path`", event.span);
                return;
            }
        };
        let api = self.api_named(api, HTTP_API, event.span);
        self.add_route(api, key, event.span, route);
    }

    fn route_to(&mut self, function: &str, span: Span) -> Draft {
        let mut route = Draft::new(span);
        route.put("function", Node::text(span, function));
        route
    }

    /// The logical id of the API that an event names, or of the one that is made for it.
    fn api_named(&mut self, written: Option<&Node>, implicit: &'static str, span: Span) -> String {
        let text = self.evaluated(written);
        let own = text.as_deref().and_then(|text| text.strip_prefix("${api:"));
        match own.and_then(|rest| rest.strip_suffix(".id}")) {
            Some(id) => id.to_owned(),
            // SAM takes the bare logical id, too.
            None => match text {
                Some(id) if self.values.document.resource(&id).is_some() => id,
                _ => {
                    self.implicit_api(implicit, span);
                    implicit.to_owned()
                }
            },
        }
    }

    fn add_route(&mut self, api: String, key: String, span: Span, route: Draft) {
        // Its place in the text decides nothing: the API may follow the function.
        self.pending.push((api, key, span, route.node()));
    }

    fn timeout(&mut self, written: Option<&Node>, route: &mut Draft) {
        if let Some(text) = self.evaluated(written) {
            let span = written.map_or_else(Span::default, |node| node.span);
            route.put("timeout", Node::plain(span, text + "ms"));
        }
    }

    /// Whether it asks for an authorizer, without which it must not be served.
    fn authorized(&mut self, written: Option<&Node>, route: &mut Draft) -> bool {
        let Some(written) = written else { return false };
        let mut bag = Bag::of("Auth", written);
        if let Some(required) = bag.take("ApiKeyRequired")
            && let Some(text) = self.evaluated(Some(required))
        {
            route.put("api_key_required", Node::plain(required.span, text.to_ascii_lowercase()));
        }
        let authorizer = bag.take("Authorizer");
        let is_guarded = self.is_guarded(authorizer);
        bag.accept(&["AuthorizationScopes"]);
        bag.note(&["InvokeRole", "OverrideApiAuth"], self.told);
        bag.finish(self.told);
        is_guarded
    }

    pub(in crate::template::lowering) fn throttled(
        &mut self,
        written: Option<&Node>,
        to: &mut Draft,
    ) {
        let Some(written) = written else { return };
        let mut bag = Bag::of("throttling settings", written);
        let rate = self.evaluated(bag.take("ThrottlingRateLimit"));
        let burst = self.evaluated(bag.take("ThrottlingBurstLimit"));
        bag.note(&["DataTraceEnabled", "DetailedMetricsEnabled", "LoggingLevel"], self.told);
        bag.finish(self.told);
        if let Some(rate) = rate {
            self.throttle(written.span, &rate, burst, to);
        }
    }
}

/// `GET /orders/{id}`.
fn key(method: &str, path: &str) -> String {
    let method = if method == "*" { "ANY".to_owned() } else { method.to_ascii_uppercase() };
    if path == "$default" { path.to_owned() } else { format!("{method} {path}") }
}
