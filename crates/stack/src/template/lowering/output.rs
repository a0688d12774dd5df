//! Outputs of a template, and what other stacks may import of them.

use std::sync::LazyLock;

use regex::Regex;

use super::Lowering;
use crate::template::bag::Bag;
use crate::template::native::Draft;
use crate::yaml::{Entry, Node};

/// What stands for a resource while templates are lowered, and is no value of the native manifest.
static INNER: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\$\{(?:layer|resource|root|validator):([A-Za-z0-9]+)\}").ok());

impl Lowering<'_> {
    pub(in crate::template) fn outputs(&mut self) {
        for Entry { key, value } in self.values.document.outputs {
            let mut bag = Bag::of("Outputs", value);
            bag.accept(&["Condition"]);
            let condition = value.get("Condition").and_then(|it| Some((it.as_text()?, it.span)));
            if let Some((name, span)) = condition
                && self.values.condition(name, span, self.told) == Some(false)
            {
                continue;
            }
            let mut draft = Draft::new(key.span);
            let told = bag.take("Value");
            let Some(node) = told else {
                self.refuse(format!("the output `{}` has no `Value`", key.text), key.span);
                continue;
            };
            let Some(text) = self.text(told) else { continue };
            if text.contains("${param:") {
                let message = format!("the output `{}` holds a secret and is not told", key.text);
                self.told.note(message, node.span);
                continue;
            }
            let text = match &*INNER {
                Some(inner) => inner.replace_all(&text, "$1").into_owned(),
                None => text,
            };
            draft.put("value", Node::text(node.span, text));
            draft.put_some("description", self.value(bag.take("Description")));
            let export = bag.take("Export");
            let name = export.and_then(|export| export.get("Name"));
            if let (Some(export), None) = (export, name) {
                self.refuse("an export needs a `Name`", export.span);
            }
            draft.put_some("export", self.value(name));
            bag.finish(self.told);
            self.native.add("outputs", &key.text, key.span, draft.node(), self.told);
        }
    }
}
