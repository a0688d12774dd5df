//! REST APIs as CloudFormation writes them: a tree of paths, with methods on them.

use super::Lowering;
use super::api::{Pending, Stage, Staged, Style};
use crate::openapi;
use crate::source::Span;
use crate::template::bag::Bag;
use crate::template::document::Resource;
use crate::template::native::Draft;
use crate::yaml::Node;

/// The deepest path that is followed; a tree of resources is never as deep.
const DEEPEST: usize = 64;

const API_NOTED: [&str; 7] = [
    "CloneFrom",
    "DisableExecuteApiEndpoint",
    "EndpointConfiguration",
    "MinimumCompressionSize",
    "Mode",
    "SecurityPolicy",
    "Tags",
];

impl<'a> Lowering<'a> {
    /// Its stage and its methods are resources of their own.
    pub(super) fn rest_api(&mut self, resource: &'a Resource<'a>) {
        let mut bag = self.bag(resource);
        bag.accept(&["Name", "Description", "FailOnWarnings", "Parameters"]);
        bag.note(&API_NOTED, self.told);
        let span = resource.key.span;
        let stage = self.stage_of(resource.id());
        let mut draft = self.new_api(Style::Rest, &stage, span);
        let types = self.value(bag.take("BinaryMediaTypes"));
        draft.settings.put_some("binary_media_types", types.map(openapi::unescaped));
        let source = bag.take("ApiKeySourceType");
        if let Some(source) = source
            && self.text(Some(source)).as_deref() == Some("AUTHORIZER")
        {
            self.told.unsupported("authorizers are not supported", source.span);
        }
        self.defined(&mut bag, ["Body", "BodyS3Location"], &mut draft);
        bag.finish(self.told);
        self.native.apis.push((resource.id().to_owned(), draft));
    }

    /// The first stage that a template makes of an API: one that is a resource, or that of a deployment.
    pub(super) fn stage_of(&mut self, api: &str) -> String {
        let mut names = self.stages_named(api, "Stage");
        names.extend(self.stages_named(api, "Deployment"));
        names.into_iter().next().unwrap_or_else(|| "$default".to_owned())
    }

    /// Those that are resources, in the order of the template.
    pub(super) fn stages_of(&mut self, api: &str) -> Vec<String> {
        self.stages_named(api, "Stage")
    }

    /// What resources of a type of API Gateway call stages of an API.
    fn stages_named(&mut self, api: &str, kind: &str) -> Vec<String> {
        let reference = format!("${{api:{api}.id}}");
        let mut names = Vec::new();
        for resource in &self.values.document.resources {
            let of = ["AWS::ApiGateway::", "AWS::ApiGatewayV2::"];
            let is_kind = of.iter().any(|of| resource.kind.strip_prefix(of) == Some(kind));
            if !is_kind || !self.is_made(resource) {
                continue;
            }
            let of = resource.property("RestApiId").or_else(|| resource.property("ApiId"));
            if self.text(of).as_deref() == Some(&*reference) {
                names.extend(self.text(resource.property("StageName")));
            }
        }
        names
    }

    pub(super) fn method(&mut self, resource: &'a Resource<'a>) {
        let span = resource.key.span;
        let whole = Node::mapping(span, resource.properties.to_vec());
        let Some(properties) = self.value(Some(&whole)) else { return };
        let mut bag = Bag::of(resource.kind, &properties);
        bag.accept(&["OperationName", "MethodResponses", "AuthorizerId", "AuthorizationScopes"]);
        let api = bag.take("RestApiId");
        let parent = bag.take("ResourceId");
        let method = bag.take("HttpMethod");
        let kind = bag.take("AuthorizationType");
        // Left out, the method would be open to everybody: it goes, too.
        let is_guarded = self.is_guarded(kind);
        let mut route = Draft::new(span);
        if let Some(required) = bag.take("ApiKeyRequired") {
            route.put_some(
                "api_key_required",
                self.plain_of(Some(required), "").map(super::trigger::lower),
            );
        }
        route.put_some("validate", self.validate(&mut bag, span));
        let integration = bag.take("Integration");
        bag.finish(self.told);
        let Some(api) = self.api_id(api).filter(|_| !is_guarded) else { return };
        let path = self.evaluated(parent).and_then(|text| self.path(&text, span));
        let (Some(path), Some(method)) = (path, self.evaluated(method)) else { return };
        let Some(integration) = integration else {
            self.refuse("a method needs `Integration`", span);
            return;
        };
        if self.integrated(integration, &path, &mut route) {
            let (key, route) = (format!("{method} {path}"), route.node());
            self.pending.push(Pending::open(api, key, span, route));
        }
    }

    /// The logical id of the API that a value names.
    pub(super) fn api_id(&mut self, written: Option<&Node>) -> Option<String> {
        let text = self.evaluated(written)?;
        let id = text.strip_prefix("${api:").and_then(|rest| rest.strip_suffix(".id}"));
        if id.is_none() {
            let message = format!("`{text}` is not an API of this template");
            self.told.unsupported(message, written?.span);
        }
        id.map(str::to_owned)
    }

    /// The whole path of a resource of a REST API.
    fn path(&mut self, reference: &str, span: Span) -> Option<String> {
        let mut parts: Vec<String> = Vec::new();
        let mut reference = reference.to_owned();
        while !reference.starts_with("${root:") {
            let id = reference.strip_prefix("${resource:").and_then(|rest| rest.strip_suffix('}'));
            let found = id.and_then(|id| self.values.document.resource(id));
            let Some(resource) = found.filter(|_| parts.len() < DEEPEST) else {
                let message = format!("`{reference}` is not a path of this template's APIs");
                self.told.unsupported(message, span);
                return None;
            };
            parts.push(self.text(resource.property("PathPart"))?);
            reference = self.text(resource.property("ParentId"))?;
        }
        parts.reverse();
        Some(format!("/{}", parts.join("/")))
    }

    /// A path is read where methods stand on it; here only what it asks for is checked.
    pub(super) fn rest_resource(&mut self, resource: &'a Resource<'a>) {
        let mut bag = self.bag(resource);
        bag.accept(&["RestApiId", "ParentId", "PathPart"]);
        bag.finish(self.told);
    }

    pub(super) fn deployment(&mut self, resource: &'a Resource<'a>) {
        let mut bag = self.bag(resource);
        bag.accept(&["RestApiId", "ApiId", "StageName", "Description"]);
        let settings = bag.take("StageDescription");
        bag.finish(self.told);
        if let Some(settings) = settings {
            self.told.note("`StageDescription` has no meaning here", settings.span);
        }
    }

    pub(super) fn rest_stage(&mut self, resource: &'a Resource<'a>) {
        let span = resource.key.span;
        let whole = Node::mapping(span, resource.properties.to_vec());
        let Some(properties) = self.value(Some(&whole)) else { return };
        let mut bag = Bag::of(resource.kind, &properties);
        bag.accept(&["DeploymentId", "Description", "AutoDeploy"]);
        bag.note(
            &[
                "AccessLogSetting",
                "AccessLogSettings",
                "CanarySetting",
                "DocumentationVersion",
                "Tags",
                "TracingEnabled",
            ],
            self.told,
        );
        let api = bag.take("RestApiId").or_else(|| bag.take("ApiId"));
        let name = self.evaluated(bag.take("StageName"));
        let settings = bag.take("MethodSettings");
        let defaults = bag.take("DefaultRouteSettings");
        let single = bag.take("RouteSettings");
        if let Some(cluster) = bag.entry("CacheClusterEnabled")
            && self.evaluated(Some(&cluster.value)).is_some_and(|it| it == "true")
        {
            self.told.unsupported("`CacheClusterEnabled` is not supported", cluster.key.span);
        }
        bag.accept(&["CacheClusterSize"]);
        bag.finish(self.told);
        let Some(api) = self.api_id(api) else { return };
        let mut stage = Stage::default();
        for setting in settings.map(Node::items).unwrap_or_default() {
            self.method_setting(setting, &mut stage);
        }
        self.default_route_settings(defaults, &mut stage);
        self.route_settings(single, &mut stage);
        self.stages.push(Staged { api, name, span, stage });
    }
}
