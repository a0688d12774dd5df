//! Layers, read where functions name them.

use super::Lowering;
use crate::problem::{Code, Problem};
use crate::template::document::Resource;
use crate::yaml::Node;

impl<'a> Lowering<'a> {
    /// Reports a layer that holds nothing, whether or not a function names it.
    pub(super) fn check_layer(&mut self, layer: &'a Resource<'a>) {
        if layer.property(content(layer)).is_none() {
            let message = format!("the layer `{}` has no content", layer.id());
            let problem = Problem::new(Code::MissingKey, message).at(layer.key.span, "");
            let help = format!("name its folder or zip with `{}`", content(layer));
            self.told.problems.push(problem.help(help));
        }
    }

    /// The folder or zip of a layer.
    pub(super) fn layer(&mut self, layer: &'a Resource<'a>) -> Option<Node> {
        let mut bag = self.bag(layer);
        bag.accept(&["LayerName", "Description", "LicenseInfo", "RetentionPolicy"]);
        bag.accept(&["CompatibleRuntimes", "CompatibleArchitectures", "PublishLambdaVersion"]);
        let content = bag.take(content(layer));
        bag.finish(self.told);
        if let Some(method) = layer.metadata.and_then(|it| it.get("BuildMethod")) {
            self.told.unsupported("layers that are built are not supported", method.span);
        }
        let asset = self.asset(layer, content);
        asset.or_else(|| self.code_path(content))
    }
}

/// The property that says what is in a layer.
fn content(layer: &Resource<'_>) -> &'static str {
    if layer.kind == "AWS::Serverless::LayerVersion" { "ContentUri" } else { "Content" }
}
