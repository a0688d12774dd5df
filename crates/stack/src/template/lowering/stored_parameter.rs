//! Parameters of the SSM Parameter Store.

use super::Lowering;
use crate::template::document::Resource;
use crate::template::native::Draft;
use crate::yaml::Node;

impl<'a> Lowering<'a> {
    pub(super) fn stored_parameter(&mut self, resource: &'a Resource<'a>) {
        let mut bag = self.bag(resource);
        bag.accept(&["Name"]);
        bag.note(&["AllowedPattern", "Policies", "Tags"], self.told);
        let span = resource.key.span;
        let mut draft = Draft::new(span);
        if let Some(kind) = bag.take("DataType")
            && let Some(text) = self.text(Some(kind)).filter(|text| text != "text")
        {
            let message = format!("stored parameters of the data type `{text}` are not supported");
            self.told.unsupported(message, kind.span);
        }
        let kind = bag.take("Type");
        draft.put_some("type", self.plain(kind, ""));
        let value = bag.take("Value");
        match (self.text(value), value) {
            (Some(text), Some(node)) => draft.put("value", Node::text(node.span, text)),
            (_, Some(_)) => {}
            (_, None) => self.refuse("a stored parameter needs a `Value`", span),
        }
        draft.put_some("description", self.value(bag.take("Description")));
        let tiers = [
            ("Standard", "standard"),
            ("Advanced", "advanced"),
            ("Intelligent-Tiering", "intelligent"),
        ];
        draft.put_some("tier", self.one_of(bag.take("Tier"), &tiers));
        bag.finish(self.told);
        let name = self.values.name(resource);
        self.native.add("ssm", &name, span, draft.node(), self.told);
    }
}
