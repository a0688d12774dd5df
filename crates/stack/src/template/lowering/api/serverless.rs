//! APIs of the Serverless Application Model, whose routes are events of functions, a document, or both.

use super::Style;
use crate::foreign::validation::referring;
use crate::openapi;
use crate::problem::{Code, Problem};
use crate::template::bag::Bag;
use crate::template::document::Resource;
use crate::template::lowering::Lowering;
use crate::yaml::{Entry, Node};

const NOTED: [&str; 12] = [
    "AccessLogSetting",
    "AccessLogSettings",
    "AlwaysDeploy",
    "CanarySetting",
    "DisableExecuteApiEndpoint",
    "EndpointConfiguration",
    "FailOnWarnings",
    "MinimumCompressionSize",
    "PropagateTags",
    "SecurityPolicy",
    "Tags",
    "TracingEnabled",
];

impl<'a> Lowering<'a> {
    pub(super) fn serverless_api(&mut self, resource: &'a Resource<'a>, style: Style) {
        let mut bag = self.bag(resource);
        bag.accept(&["Name", "Description", "OpenApiVersion"]);
        bag.note(&NOTED, self.told);
        let span = resource.key.span;
        let stage = self.values.stage(resource);
        let written = bag.take("StageName");
        if written.is_none() && style == Style::Rest {
            let message = format!("the API `{}` has no `StageName`", resource.id());
            let problem = Problem::new(Code::MissingKey, message).at(span, "");
            self.told.problems.push(problem.help("name its stage, such as `Prod`"));
        }
        let mut draft = self.new_api(style, &stage, written.map_or(span, |node| node.span));
        let types = self.value(bag.take("BinaryMediaTypes"));
        draft.settings.put_some("binary_media_types", types.map(openapi::unescaped));
        let cors = self.value(bag.take("CorsConfiguration"));
        draft.settings.put_some("cors", cors.and_then(|node| self.cors(&node)));
        let cors = self.value(bag.take("Cors"));
        draft.preflight = cors.and_then(|node| self.preflight(&node));
        if let Some(auth) = self.value(bag.take("Auth")) {
            self.auth(resource.id(), &auth, &mut draft);
        }
        let methods = self.value(bag.take("MethodSettings"));
        for setting in methods.as_ref().map(Node::items).unwrap_or_default() {
            self.method_setting(setting, &mut draft.stage);
        }
        let settings = self.value(bag.take("DefaultRouteSettings"));
        self.default_route_settings(settings.as_ref(), &mut draft.stage);
        let settings = self.value(bag.take("RouteSettings"));
        self.route_settings(settings.as_ref(), &mut draft.stage);
        self.uncached(&mut bag);
        let models = self.value(bag.take("Models"));
        for Entry { key, value } in models.iter().flat_map(Node::entries) {
            // The document that SAM makes of it has their names in lower case.
            let (name, model) = (key.text.to_lowercase(), referring(value.clone()));
            draft.models.push(Entry::new(name, key.span, model));
        }
        let is_defined = self.defined(&mut bag, ["DefinitionBody", "DefinitionUri"], &mut draft);
        let merges = self.flag(bag.take("MergeDefinitions")) == Some(true);
        draft.takes_events = !is_defined || merges || style == Style::Http;
        bag.finish(self.told);
        draft.span = span;
        self.native.apis.push((resource.id().to_owned(), draft));
    }

    /// Answers are not kept by stages here: one that does not keep any is as good.
    pub(in crate::template::lowering) fn uncached(&mut self, bag: &mut Bag<'a>) {
        if let Some(cluster) = bag.entry("CacheClusterEnabled")
            && self.flag(Some(&cluster.value)) == Some(true)
        {
            self.told.unsupported("`CacheClusterEnabled` is not supported", cluster.key.span);
        }
        bag.accept(&["CacheClusterSize"]);
    }
}
