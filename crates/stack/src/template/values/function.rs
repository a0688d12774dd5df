//! The functions that make texts and lists of others.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::Values;
use crate::problem::{Code, Problem, Told};
use crate::source::Span;
use crate::yaml::{Key, Node};

impl Values<'_> {
    /// `None` when it cannot be evaluated, which has been reported.
    pub(super) fn function(
        &self,
        name: &str,
        key: &Key,
        argument: &Node,
        told: &mut Told,
    ) -> Option<Node> {
        let span = argument.span;
        match (name, argument.items()) {
            ("Fn::Join", [separator, list]) => self.join(separator, list, span, told),
            ("Fn::Split", [separator, text]) => self.split(separator, text, span, told),
            ("Fn::Select", [at, list]) => self.select(at, list, told),
            ("Fn::FindInMap", [map, rest @ ..]) if rest.len() >= 2 => {
                self.find_in_map(map, rest, told)
            }
            ("Fn::Base64", _) => {
                let text = self.text(argument, told)?;
                Some(Node::text(span, BASE64_STANDARD.encode(text)))
            }
            ("Fn::GetAZs", _) => {
                let region = &self.inputs.account.region;
                let zones = ["a", "b", "c"].map(|zone| Node::text(span, format!("{region}{zone}")));
                Some(Node::list(span, zones.into()))
            }
            ("Fn::ImportValue", _) => self.import(argument, told),
            ("Fn::Length", _) => {
                let list = self.list(argument, told)?;
                Some(Node::plain(span, list.len().to_string()))
            }
            ("Fn::ToJsonString", _) => {
                let value = self.evaluate(argument, told)?;
                let json = crate::manifest::sequence::json(&value, &mut Vec::new())?;
                Some(Node::text(span, json.to_string()))
            }
            _ => {
                match misused(name, span) {
                    Some(problem) => told.problems.push(problem),
                    None => {
                        let message = format!("the function `{name}` is not supported");
                        told.unsupported(message, key.span);
                    }
                }
                None
            }
        }
    }

    fn join(&self, separator: &Node, list: &Node, span: Span, told: &mut Told) -> Option<Node> {
        let separator = self.text(separator, told)?;
        let list = self.list(list, told)?;
        Some(Node::text(span, list.join(&separator)))
    }

    fn split(&self, separator: &Node, text: &Node, span: Span, told: &mut Told) -> Option<Node> {
        let (separator, text) = (self.text(separator, told)?, self.text(text, told)?);
        let text = self.concrete(&text);
        let parts = text.split(&*separator).map(|part| Node::text(span, part));
        Some(Node::list(span, parts.collect()))
    }

    /// The texts of a list.
    fn list(&self, node: &Node, told: &mut Told) -> Option<Vec<String>> {
        let list = self.evaluate(node, told)?;
        if list.is_unresolved() || list.items().iter().any(Node::is_unresolved) {
            return None;
        }
        if let Some(text) = list.as_text() {
            let message = format!("a list is needed here, not `{text}`");
            told.problems.push(Problem::new(Code::Intrinsic, message).at(node.span, ""));
            return None;
        }
        Some(list.items().iter().filter_map(Node::as_text).map(str::to_owned).collect())
    }

    fn select(&self, at: &Node, list: &Node, told: &mut Told) -> Option<Node> {
        let index = self.text(at, told)?.parse::<usize>().ok();
        let list = self.evaluate(list, told)?;
        if list.is_unresolved() {
            return None;
        }
        let found = index.and_then(|index| list.items().get(index));
        if found.is_none() {
            let message = format!("the list has {} elements, counted from 0", list.items().len());
            told.problems.push(Problem::new(Code::Intrinsic, message).at(at.span, ""));
        }
        found.cloned()
    }

    fn find_in_map(&self, map: &Node, keys: &[Node], told: &mut Told) -> Option<Node> {
        let (first, second) = (self.text(&keys[0], told)?, self.text(&keys[1], told)?);
        let name = self.text(map, told)?;
        let found =
            self.document.mappings.and_then(|all| all.get(&name)?.get(&first)?.get(&second));
        if let Some(found) = found.or_else(|| keys.get(2)?.get("DefaultValue")) {
            return self.evaluate(found, told);
        }
        let message = format!("the mapping `{name}` has no `{first}` with `{second}`");
        told.problems.push(Problem::new(Code::Dangling, message).at(map.span, ""));
        None
    }

    fn import(&self, argument: &Node, told: &mut Told) -> Option<Node> {
        let name = self.text(argument, told)?;
        if let Some(value) = self.inputs.imports.get(&name) {
            self.imported.borrow_mut().insert(name);
            return Some(Node::text(argument.span, super::literal(value)));
        }
        let message = format!("no stack exports `{name}`");
        let problem = Problem::new(Code::MissingImport, message).at(argument.span, "");
        told.problems.push(problem.help("deploy the stack that exports it first"));
        None
    }
}

/// A function that is known, with arguments that it does not take.
fn misused(name: &str, span: Span) -> Option<Problem> {
    let takes = match name {
        "Fn::Join" | "Fn::Split" => "a separator, and what it stands between",
        "Fn::Select" => "a number and a list",
        "Fn::FindInMap" => "the name of a mapping and two keys",
        _ => return None,
    };
    let message = format!("`{name}` takes {takes}");
    Some(Problem::new(Code::Intrinsic, message).at(span, ""))
}
