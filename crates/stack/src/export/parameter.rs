//! Parameters of the template: the manifest's own, and those for values that are not to be shown.

use super::Export;
use super::block::Block;
use super::ids::Sort;
use crate::discover::SourceKind;
use crate::yaml::Node;

impl Export<'_> {
    /// The template's own parameter for one of the manifest's, with the value that it has here unless it is secret.
    pub(super) fn parameter(&mut self, name: &str) -> String {
        let id = self.parameter_id(Sort::Parameter, name);
        if self.parameters.contains_key(&id) {
            return id;
        }
        let declared = self.tree.get("parameters").and_then(|all| all.get(name));
        let written = |key: &str| declared.and_then(|it| it.get(key)).and_then(Node::as_text);
        let default = written("default").filter(|default| !default.contains("${"));
        // What is left of others' parameters are the secret ones. A default that is made of a variable may be.
        let is_secret =
            self.kind != SourceKind::Native || default.is_none() && has_default(declared);
        let set = self.inputs.set.iter().rev().find(|(set, _)| set == name);
        let set = set.map(|(_, value)| &**value).filter(|_| !is_secret);
        let mut block = Block::new();
        let kind = written("type").filter(|kind| *kind == "number");
        block.text("Type", kind.map_or("String", |_| "Number"));
        if is_secret {
            block.plain("NoEcho", true);
        }
        if let Some(default) = set.or(default) {
            block.text("Default", default);
        }
        if let Some(description) = written("description") {
            block.text("Description", description);
        }
        self.parameters.insert(id.clone(), block.node());
        id
    }

    /// A parameter for a variable of the environment, which may be secret: `NAME` or `NAME, default`.
    pub(super) fn variable(&mut self, variable: &str) -> String {
        let (name, default) = match variable.split_once(',') {
            Some((name, default)) => (name.trim(), Some(default.trim())),
            None => (variable.trim(), None),
        };
        let id = self.parameter_id(Sort::Variable, name);
        self.hidden(&id, &format!("`{name}` of the environment"), default);
        id
    }

    /// A parameter for a value that is not to be shown.
    pub(super) fn secret(&mut self, name: &str, description: &str) -> String {
        let id = self.parameter_id(Sort::Parameter, name);
        self.hidden(&id, description, None);
        id
    }

    fn hidden(&mut self, id: &str, description: &str, default: Option<&str>) {
        let mut block = Block::new();
        block.text("Type", "String");
        block.plain("NoEcho", true);
        block.text("Description", description);
        if let Some(default) = default {
            block.text("Default", default);
        }
        self.secrets.insert(id.to_owned(), block.node());
    }

    fn parameter_id(&mut self, sort: Sort, name: &str) -> String {
        if let Some(known) = self.ids.find(sort, name) {
            return known.to_owned();
        }
        self.ids.give(sort, name);
        self.ids.get(sort, name)
    }
}

fn has_default(declared: Option<&Node>) -> bool {
    declared.is_some_and(|it| it.get("default").is_some())
}
