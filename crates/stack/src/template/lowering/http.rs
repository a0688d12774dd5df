//! HTTP APIs as CloudFormation writes them: an API, its integrations, and routes to them.

use super::Lowering;
use super::api::{Pending, Style};
use crate::foreign::handover;
use crate::template::bag::Bag;
use crate::template::document::Resource;
use crate::template::native::Draft;
use crate::yaml::{Entry, Node};

impl<'a> Lowering<'a> {
    pub(super) fn http_api(&mut self, resource: &'a Resource<'a>) {
        let mut bag = self.bag(resource);
        bag.accept(&["Name", "Description", "RouteSelectionExpression", "FailOnWarnings"]);
        bag.note(&["DisableExecuteApiEndpoint", "IpAddressType", "Tags"], self.told);
        if let Some(protocol) = bag.take("ProtocolType")
            && self.text(Some(protocol)).is_some_and(|text| text != "HTTP")
        {
            self.told.unsupported("WebSocket APIs are not supported", protocol.span);
            return;
        }
        let span = resource.key.span;
        let stage = self.stage_of(resource.id());
        let mut draft = self.new_api(Style::Http, &stage, span);
        let cors = self.value(bag.take("CorsConfiguration"));
        draft.settings.put_some("cors", cors.and_then(|node| self.cors(&node)));
        self.defined(&mut bag, ["Body", "BodyS3Location"], &mut draft);
        // A quick API: one route to one target.
        let target = self.value(bag.take("Target"));
        let key = self.text(bag.take("RouteKey"));
        bag.finish(self.told);
        self.native.apis.push((resource.id().to_owned(), draft));
        if let Some(target) = target {
            let mut route = Draft::new(span);
            if self.function_at(Some(&target), &mut route) {
                let key = key.unwrap_or_else(|| "$default".to_owned());
                let (api, route) = (resource.id().to_owned(), route.node());
                self.pending.push(Pending::open(api, key, span, route));
            }
        }
    }

    /// Cross-origin settings of an HTTP API.
    pub(super) fn cors(&mut self, written: &Node) -> Option<Node> {
        let mut draft = Draft::new(written.span);
        if written.as_text() == Some("true") {
            draft.put("origins", Node::text(written.span, "*"));
            return Some(draft.node());
        }
        let mut bag = Bag::of("cross-origin settings", written);
        let origins = bag.take("AllowOrigins").cloned();
        draft.put("origins", origins.unwrap_or_else(|| Node::text(written.span, "*")));
        let methods = bag.take("AllowMethods");
        let is_all = |it: &Node| matches!(it.as_text(), Some("*" | "ANY"));
        // Without methods, those of the routes are allowed.
        let methods = methods.filter(|list| !list.items().iter().any(is_all));
        draft.put_some("methods", methods.cloned());
        draft.put_some("headers", bag.take("AllowHeaders").cloned());
        draft.put_some("expose", bag.take("ExposeHeaders").cloned());
        let age = bag.take("MaxAge");
        draft.put_some("max_age", self.plain_of(age, "s"));
        let credentials = bag.take("AllowCredentials");
        draft.put_some("credentials", self.plain_of(credentials, "").map(super::trigger::lower));
        bag.finish(self.told);
        Some(draft.node())
    }

    pub(super) fn route(&mut self, resource: &'a Resource<'a>) {
        let span = resource.key.span;
        let whole = Node::mapping(span, resource.properties.to_vec());
        let Some(properties) = self.value(Some(&whole)) else { return };
        let mut bag = Bag::of(resource.kind, &properties);
        bag.accept(&["OperationName", "ApiKeyRequired"]);
        let (api, key, target) = (bag.take("ApiId"), bag.take("RouteKey"), bag.take("Target"));
        let kind = bag.take("AuthorizationType");
        let is_guarded = self.is_guarded(kind);
        bag.accept(&["AuthorizerId", "AuthorizationScopes"]);
        bag.finish(self.told);
        if is_guarded {
            return;
        }
        let (Some(api), Some(key)) = (self.api_id(api), self.evaluated(key)) else { return };
        let target = self.evaluated(target).unwrap_or_default();
        let id = target.rsplit("integrations/").next().unwrap_or_default();
        let Some(integration) = self.values.document.resource(id) else {
            self.refuse(format!("the route `{key}` names no integration of this template"), span);
            return;
        };
        let whole = Node::mapping(integration.key.span, integration.properties.to_vec());
        let Some(integration) = self.value(Some(&whole)) else { return };
        let mut route = Draft::new(span);
        let path = key.split_once(' ').map_or("", |(_, path)| path).to_owned();
        if self.http_integration(&integration, &path, &mut route) {
            let route = route.node();
            self.pending.push(Pending::open(api, key, span, route));
        }
    }

    fn http_integration(&mut self, integration: &Node, path: &str, route: &mut Draft) -> bool {
        let mut bag = Bag::of("AWS::ApiGatewayV2::Integration", integration);
        bag.accept(&["ApiId", "IntegrationMethod", "Description"]);
        bag.note(&["ConnectionType", "CredentialsArn"], self.told);
        let kind = self.evaluated(bag.take("IntegrationType")).unwrap_or_default();
        let uri = bag.take("IntegrationUri");
        let payload = bag.take("PayloadFormatVersion");
        let subtype = (kind == "AWS_PROXY").then(|| bag.take("IntegrationSubtype")).flatten();
        if kind == "AWS_PROXY" && subtype.is_none() {
            let version = self.evaluated(payload).unwrap_or_else(|| "1.0".to_owned());
            route.put("payload", Node::text(integration.span, version));
        }
        let timeout = bag.take("TimeoutInMillis");
        route.put_some("timeout", self.plain_of(timeout, "ms"));
        let parameters = subtype.and_then(|_| bag.take("RequestParameters"));
        bag.finish(self.told);
        match (&*kind, subtype) {
            ("AWS_PROXY", None) => self.function_at(uri, route),
            ("AWS_PROXY", Some(subtype)) => {
                let keys = handover::lower(subtype, parameters, self.told);
                let is_done = keys.is_some();
                for Entry { key, value } in keys.unwrap_or_default() {
                    route.put(&key.text, value);
                }
                is_done
            }
            ("HTTP_PROXY", _) => self.upstream_at(uri, path, route),
            (kind, _) => {
                let message = format!("integrations of type `{kind}` are not supported");
                self.told.unsupported(message, integration.span);
                false
            }
        }
    }
}
