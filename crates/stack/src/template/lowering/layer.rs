//! Layers, read where functions name them.

use super::Lowering;
use crate::source::Span;
use crate::template::document::Resource;
use crate::yaml::Node;

impl<'a> Lowering<'a> {
    /// The folder or zip of a layer.
    pub(super) fn layer(&mut self, layer: &'a Resource<'a>, named: Span) -> Option<Node> {
        let mut bag = self.bag(layer);
        bag.accept(&["LayerName", "Description", "LicenseInfo", "RetentionPolicy"]);
        bag.accept(&["CompatibleRuntimes", "CompatibleArchitectures", "PublishLambdaVersion"]);
        let is_serverless = layer.kind == "AWS::Serverless::LayerVersion";
        let content = bag.take(if is_serverless { "ContentUri" } else { "Content" });
        bag.finish(self.told);
        if let Some(method) = layer.metadata.and_then(|it| it.get("BuildMethod")) {
            self.told.unsupported("layers that are built are not supported", method.span);
        }
        if content.is_none() {
            self.refuse(format!("the layer `{}` has no content", layer.id()), named);
        }
        let asset = self.asset(layer, content);
        asset.or_else(|| self.code_path(content))
    }
}
