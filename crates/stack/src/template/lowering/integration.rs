//! What methods and routes of APIs call.

use super::Lowering;
use super::target::function;
use crate::template::bag::Bag;
use crate::template::native::Draft;
use crate::yaml::{Entry, Node};

/// Properties that leave a proxied call as it is.
const NOTED: [&str; 7] = [
    "CacheKeyParameters",
    "CacheNamespace",
    "ConnectionType",
    "Credentials",
    "IntegrationResponses",
    "PassthroughBehavior",
    "ContentHandling",
];

impl Lowering<'_> {
    /// Writes what a method calls into its route. Whether that is supported.
    pub(super) fn integrated(&mut self, integration: &Node, path: &str, route: &mut Draft) -> bool {
        let mut bag = Bag::of("Integration", integration);
        let kind = self.evaluated(bag.take("Type")).unwrap_or_default();
        bag.accept(&["IntegrationHttpMethod"]);
        let (uri, timeout) = (bag.take("Uri"), bag.take("TimeoutInMillis"));
        route.put_some("timeout", self.plain_of(timeout, "ms"));
        let is_done = match &*kind {
            "AWS_PROXY" => self.function_at(uri, route),
            "HTTP_PROXY" => {
                bag.note(&["RequestParameters"], self.told);
                self.upstream_at(uri, path, route)
            }
            "MOCK" => return self.mock(integration, route),
            kind => {
                let message = format!("integrations of type `{kind}` are not supported");
                self.told.unsupported(message, integration.span);
                return false;
            }
        };
        bag.note(&NOTED, self.told);
        bag.finish(self.told);
        is_done
    }

    pub(super) fn function_at(&mut self, uri: Option<&Node>, route: &mut Draft) -> bool {
        let Some((uri, text)) = uri.and_then(|uri| Some((uri, self.evaluated(Some(uri))?))) else {
            return false;
        };
        let Some(name) = function(&text) else {
            self.told.unsupported(format!("`{text}` is not a function of this template"), uri.span);
            return false;
        };
        route.put("function", Node::text(uri.span, name));
        true
    }

    /// An upstream of its own for each address that is called.
    pub(super) fn upstream_at(
        &mut self,
        uri: Option<&Node>,
        path: &str,
        route: &mut Draft,
    ) -> bool {
        let Some((uri, text)) = uri.and_then(|uri| Some((uri, self.evaluated(Some(uri))?))) else {
            return false;
        };
        let Some((scheme, rest)) = text.split_once("://") else {
            self.refuse(format!("`{text}` is not an address"), uri.span);
            return false;
        };
        let (host, target) = match rest.split_once('/') {
            Some((host, target)) => (host, format!("/{target}")),
            None => (rest, "/".to_owned()),
        };
        let name = host.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "-");
        if !self.native.has("upstreams", &name) {
            let address = Node::text(uri.span, format!("{scheme}://{host}"));
            self.native.add("upstreams", &name, uri.span, address, self.told);
        }
        route.put("upstream", Node::text(uri.span, name));
        if target != path {
            route.put("path", Node::text(uri.span, target));
        }
        true
    }

    /// A fixed answer, as integrations that answer preflight requests have it.
    fn mock(&mut self, integration: &Node, route: &mut Draft) -> bool {
        let span = integration.span;
        let mut bag = Bag::of("Integration", integration);
        bag.accept(&["Type", "RequestTemplates", "PassthroughBehavior", "IntegrationHttpMethod"]);
        let answers = bag.take("IntegrationResponses").map(Node::items).unwrap_or_default();
        bag.finish(self.told);
        let [answer] = answers else {
            self.told.unsupported("mocks with other than one answer are not supported", span);
            return false;
        };
        let mut bag = Bag::of("an integration response", answer);
        bag.accept(&["SelectionPattern"]);
        let status = self.plain_of(bag.take("StatusCode"), "");
        let mut mock = Draft::new(span);
        mock.put_some("status", status);
        let headers = self.fixed_headers(bag.take("ResponseParameters"));
        mock.put_some("headers", headers);
        let templates = bag.take("ResponseTemplates");
        bag.finish(self.told);
        for Entry { key, value } in templates.map(Node::entries).unwrap_or_default() {
            let text = self.evaluated(Some(value)).unwrap_or_default();
            if text.contains(['$', '#']) {
                self.told.unsupported("mapping templates are not supported", key.span);
                return false;
            }
            if !mock.has("body") && !text.is_empty() {
                mock.put("body", Node::text(value.span, text));
            }
        }
        route.put("mock", mock.node());
        true
    }

    /// `method.response.header.NAME: "'text'"`, as a mapping of texts.
    fn fixed_headers(&mut self, written: Option<&Node>) -> Option<Node> {
        let written = written?;
        let mut headers = Vec::new();
        for Entry { key, value } in written.entries() {
            let name = key.text.strip_prefix("method.response.header.");
            let text = self.evaluated(Some(value))?;
            let fixed = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
            match (name, fixed) {
                (Some(name), Some(text)) => {
                    headers.push(Entry::new(name, key.span, Node::text(value.span, text)));
                }
                _ => {
                    let message = format!("`{}` is not a header with a fixed value", key.text);
                    self.told.unsupported(message, key.span);
                }
            }
        }
        Some(Node::mapping(written.span, headers))
    }
}
