//! Functions of Lambda and of the Serverless Application Model.

mod code;
mod event;

pub(crate) use code::needs_build;

use super::{Lowering, target};
use crate::problem::{Code, Problem};
use crate::template::bag::Bag;
use crate::template::document::Resource;
use crate::template::intrinsic;
use crate::template::kind::Kind;
use crate::template::native::{Draft, merged};
use crate::yaml::{Entry, Node};

/// Properties that decide nothing on one machine.
const NOTED: [&str; 25] = [
    "Architectures",
    "AssumeRolePolicyDocument",
    "AutoPublishAlias",
    "AutoPublishAliasAllProperties",
    "AutoPublishCodeSha256",
    "CodeSigningConfigArn",
    "Connectors",
    "DeploymentPreference",
    "EphemeralStorage",
    "KmsKeyArn",
    "LoggingConfig",
    "PermissionsBoundary",
    "Policies",
    "PropagateTags",
    "ProvisionedConcurrencyConfig",
    "RecursiveLoop",
    "Role",
    "RolePath",
    "RuntimeManagementConfig",
    "SnapStart",
    "SourceKMSKeyArn",
    "Tags",
    "Tracing",
    "TracingConfig",
    "VpcConfig",
];

impl<'a> Lowering<'a> {
    pub(super) fn function(&mut self, resource: &'a Resource<'a>) {
        if self.is_left_over(resource) {
            let message = format!("nothing here needs what the function `{}` does", resource.id());
            return self.told.note(message, resource.kind_span);
        }
        let mut bag = self.bag(resource);
        bag.accept(&["FunctionName", "Description", "VersionDescription", "PackageType"]);
        bag.note(&NOTED, self.told);
        self.check_preference(resource);
        let span = resource.key.span;
        let mut draft = Draft::new(span);
        let runtime = self.plain(bag.take("Runtime"), "");
        let handler = bag.take("Handler").and_then(|node| self.value(Some(node)));
        let named = runtime.as_ref().and_then(Node::as_text).unwrap_or_default().to_owned();
        draft.put_some("runtime", runtime);
        self.code(resource, &mut bag, &named, &mut draft);
        // What `provided` runs is called `bootstrap`, whatever the template says.
        draft.put_some("handler", handler.filter(|_| !named.starts_with("provided")));
        draft.put_some("timeout", self.plain(bag.take("Timeout"), "s"));
        draft.put_some("memory", self.plain(bag.take("MemorySize"), "MB"));
        self.invoked(resource, &mut bag, &mut draft);
        let layers = bag.take("Layers");
        draft.put_some("layers", self.layers(layers));
        let environment = self.value(bag.take("Environment"));
        draft.put_some("environment", self.environment(environment.as_ref()));
        let name = self.values.name(resource);
        let events = bag.take("Events");
        bag.finish(self.told);
        self.native.add("functions", &name, span, draft.node(), self.told);
        for event in events.map(Node::entries).unwrap_or_default() {
            self.event(resource.id(), &name, event);
        }
    }

    /// Traffic moves between versions, which only functions with an alias have.
    fn check_preference(&mut self, resource: &Resource<'_>) {
        let Some(preference) = resource.property("DeploymentPreference") else { return };
        let is_off = preference.get("Enabled").and_then(Node::as_text) == Some("false");
        if !is_off && resource.property("AutoPublishAlias").is_none() {
            let message = format!("`DeploymentPreference` of `{}` needs an alias", resource.id());
            let problem = Problem::new(Code::MissingKey, message).at(preference.span, "");
            self.told.problems.push(problem.help("name it with `AutoPublishAlias`"));
        }
    }

    /// How it is invoked beside events.
    fn invoked(&mut self, resource: &Resource<'_>, bag: &mut Bag<'a>, draft: &mut Draft) {
        let span = resource.key.span;
        let reserved = self.plain(bag.take("ReservedConcurrentExecutions"), "");
        draft.put_some("reserved_concurrency", reserved);
        if let Some(url) = self.value(bag.take("FunctionUrlConfig")) {
            let mut bag = Bag::of("FunctionUrlConfig", &url);
            draft.put("url", self.function_url(&mut bag, span));
            bag.finish(self.told);
        }
        let dead = self.dead_letters(bag);
        if let Some(settings) = self.value(bag.take("EventInvokeConfig")) {
            let mut bag = Bag::of("EventInvokeConfig", &settings);
            let made = format!("{}EventInvokeConfig", resource.id());
            let asynchronous = self.asynchronous(&mut bag, span, Some(&made));
            draft.put("async", merged(dead, asynchronous));
            bag.finish(self.told);
        } else {
            draft.put_some("async", dead);
        }
    }

    fn environment(&mut self, written: Option<&Node>) -> Option<Node> {
        let mut bag = Bag::of("Environment", written?);
        let variables = bag.take("Variables");
        bag.finish(self.told);
        let variables = variables?;
        let mut all = Vec::new();
        for Entry { key, value } in variables.entries() {
            if value.is_unresolved() {
                all.push(Entry { key: key.clone(), value: value.clone() });
                continue;
            }
            let text = self.evaluated(Some(value)).unwrap_or_default();
            all.push(Entry { key: key.clone(), value: Node::text(value.span, text) });
        }
        Some(Node::mapping(variables.span, all))
    }

    /// Whether only custom resources that have no meaning here call it.
    fn is_left_over(&self, function: &Resource<'_>) -> bool {
        let mut tokens = self.values.document.resources.iter().filter_map(|it| {
            let token = it.property("ServiceToken")?;
            let (id, _) = intrinsic::attribute(intrinsic::call(token)?.argument)?;
            (id == function.id()).then_some(it)
        });
        let is_noted = |it: &Resource<'_>| Kind::of(it.kind) == Some(Kind::Noted);
        tokens.next().is_some_and(|first| is_noted(first) && tokens.all(is_noted))
    }

    /// Folders and zips of layers that this template makes.
    fn layers(&mut self, written: Option<&Node>) -> Option<Node> {
        let list = self.value(written)?;
        let mut paths = Vec::new();
        for item in list.items() {
            let Some(text) = self.evaluated(Some(item)) else { continue };
            let own = text.strip_prefix("${layer:").and_then(|rest| rest.strip_suffix('}'));
            match own.and_then(|id| self.values.document.resource(id)) {
                Some(layer) => paths.extend(self.layer(layer)),
                None => {
                    let message = format!("the layer `{text}` is not one of this template's");
                    self.told.unsupported(message, item.span);
                }
            }
        }
        Some(Node::list(list.span, paths))
    }

    /// The name of a function of this template that a text names, by name, ARN or URI.
    pub(super) fn function_named(&mut self, node: &Node) -> Option<String> {
        let text = self.evaluated(Some(node))?;
        let found = target::function(&text);
        if found.is_none() {
            self.told
                .unsupported(format!("`{text}` is not a function of this template"), node.span);
        }
        found
    }
}
