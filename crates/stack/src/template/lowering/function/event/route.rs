//! Events that are requests: routes of REST and HTTP APIs.

use crate::source::Span;
use crate::template::bag::Bag;
use crate::template::lowering::Lowering;
use crate::template::lowering::api::Pending;
use crate::template::native::Draft;
use crate::template::values::{HTTP_API, REST_API};
use crate::yaml::{Key, Node};

impl Lowering<'_> {
    pub(super) fn rest_route(&mut self, function: &str, event: &Key, properties: &Node) {
        let mut bag = Bag::of("an Api event", properties);
        let (path, method) = (bag.take("Path"), bag.take("Method"));
        let api = bag.take("RestApiId");
        let mut route = self.route_to(function, event.span);
        let guard = self.event_auth(bag.take("Auth"), &mut route);
        self.timeout(bag.take("TimeoutInMillis"), &mut route);
        let (model, parameters) = (bag.take("RequestModel"), bag.take("RequestParameters"));
        route.put_some("validate", self.request_model(model, parameters));
        bag.finish(self.told);
        let (Some(path), Some(method)) = (self.evaluated(path), self.evaluated(method)) else {
            self.refuse("an Api event needs `Path` and `Method`", event.span);
            return;
        };
        let Some(api) = self.api_named(api, REST_API) else { return };
        let (key, span, route) = (key(&method, &path), event.span, route.node());
        self.pending.push(Pending { api, key, span, route, guard, setting: None });
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
        let guard = self.event_auth(bag.take("Auth"), &mut route);
        self.timeout(bag.take("TimeoutInMillis"), &mut route);
        let settings = bag.take("RouteSettings");
        bag.finish(self.told);
        let key = match (self.evaluated(path), self.evaluated(method)) {
            (None, None) => "$default".to_owned(),
            (Some(path), method) => key(&method.unwrap_or_else(|| "any".to_owned()), &path),
            (None, Some(_)) => {
                self.refuse("an HttpApi event with a `Method` needs a `Path`", event.span);
                return;
            }
        };
        let Some(api) = self.api_named(api, HTTP_API) else { return };
        let setting = settings.map(|settings| self.route_setting(key.clone(), settings));
        let (span, route) = (event.span, route.node());
        self.pending.push(Pending { api, key, span, route, guard, setting });
    }

    fn route_to(&mut self, function: &str, span: Span) -> Draft {
        let mut route = Draft::new(span);
        route.put("function", Node::text(span, function));
        route
    }

    /// The logical id of the API that an event names, or of the one that is made for it. `None` when it names
    /// another, which has been reported.
    fn api_named(&mut self, written: Option<&Node>, implicit: &str) -> Option<String> {
        let Some(written) = written else { return Some(implicit.to_owned()) };
        let text = self.evaluated(Some(written))?;
        let own = text.strip_prefix("${api:").and_then(|rest| rest.strip_suffix(".id}"));
        // SAM takes the bare logical id, too.
        let bare = || self.values.document.resource(&text).map(|_| &*text);
        if let Some(id) = own.or_else(bare) {
            return Some(id.to_owned());
        }
        let message = format!("`{text}` is not an API of this template");
        self.told.unsupported(message, written.span);
        None
    }

    fn timeout(&mut self, written: Option<&Node>, route: &mut Draft) {
        if let Some(text) = self.evaluated(written) {
            let span = written.map_or_else(Span::default, |node| node.span);
            route.put("timeout", Node::plain(span, text + "ms"));
        }
    }
}

/// `GET /orders/{id}`.
fn key(method: &str, path: &str) -> String {
    let method = if method == "*" { "ANY".to_owned() } else { method.to_ascii_uppercase() };
    // A path ends without a slash here.
    let path = if path == "/" { path } else { path.trim_end_matches('/') };
    if path == "$default" { path.to_owned() } else { format!("{method} {path}") }
}
