//! Members given as text: a form's, a query string's or a path's, as a tree that serde can read.

mod read;

use std::collections::BTreeMap;

/// A value, or members, or nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    text: Option<String>,
    members: BTreeMap<String, Node>,
}

/// No input of AWS's nests deeper; a name with a thousand dots is an attack.
const DEEPEST: usize = 10;

/// A name that nests too deep.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooDeep;

impl Node {
    /// Puts a value at a dotted name: `Attribute.1.Name`. The last of two values stays.
    pub(crate) fn put(&mut self, name: &str, value: String) -> Result<(), TooDeep> {
        let mut node = self;
        for (depth, part) in name.split('.').enumerate() {
            if depth == DEEPEST {
                return Err(TooDeep);
            }
            if !node.members.contains_key(part) {
                node.members.insert(part.to_owned(), Self::default());
            }
            node = node.members.get_mut(part).expect("just put there");
        }
        node.text = Some(value);
        Ok(())
    }

    /// Puts a value at a name that is not dotted; more values of a name become a list.
    pub(crate) fn add(&mut self, name: &str, value: String) {
        let node = self.members.entry(name.to_owned()).or_default();
        if node.text.is_none() && node.members.is_empty() {
            node.text = Some(value);
            return;
        }
        if let Some(first) = node.text.take() {
            node.members.insert("1".to_owned(), Self { text: Some(first), ..Self::default() });
        }
        let place = (node.members.len() + 1).to_string();
        node.members.insert(place, Self { text: Some(value), ..Self::default() });
    }

    /// The text of a member.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.text.as_deref()
    }

    fn member(&self, names: &[&str]) -> Option<&Node> {
        names.iter().find_map(|name| self.members.get(*name))
    }

    /// The elements of a list in the order of their numbers, with or without `member` between.
    fn elements(&self) -> Option<Vec<&Node>> {
        if let (Some(inner), 1) = (self.member(&["member", "entry"]), self.members.len()) {
            return inner.elements();
        }
        let mut numbered = Vec::with_capacity(self.members.len());
        for (name, node) in &self.members {
            numbered.push((name.parse::<u32>().ok()?, node));
        }
        numbered.sort_by_key(|(number, _)| *number);
        Some(numbered.into_iter().map(|(_, node)| node).collect())
    }
}

#[cfg(test)]
mod tests;
