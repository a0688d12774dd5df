//! Mappings of a template while they are written, and calls of its functions.

use std::fmt::Display;

use crate::source::Span;
use crate::yaml::{Entry, Node, Style, Value};

#[derive(Debug, Default, Clone)]
pub(in crate::export) struct Block(Vec<Entry>);

impl Block {
    pub(in crate::export) fn new() -> Self {
        Self::default()
    }

    pub(in crate::export) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(in crate::export) fn put(&mut self, key: &str, value: Node) {
        self.0.push(Entry::new(key, Span::default(), value));
    }

    pub(in crate::export) fn some(&mut self, key: &str, value: Option<Node>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    pub(in crate::export) fn text(&mut self, key: &str, value: &str) {
        self.put(key, text(value));
    }

    /// A number or a boolean.
    pub(in crate::export) fn plain(&mut self, key: &str, value: impl Display) {
        self.put(key, Node::plain(Span::default(), value.to_string()));
    }

    /// Unless it is what holds anyway.
    pub(in crate::export) fn unless<T: PartialEq + Display + Copy>(
        &mut self,
        key: &str,
        value: T,
        usual: T,
    ) {
        if value != usual {
            self.plain(key, value);
        }
    }

    /// Everything that another one has.
    /// Adds items to a list, which the first of them begins.
    pub(in crate::export) fn extend(&mut self, key: &str, items: Vec<Node>) {
        if items.is_empty() {
            return;
        }
        match self.0.iter_mut().find(|entry| entry.key.text == key).map(|it| &mut it.value.value) {
            Some(Value::Sequence(all)) => all.extend(items),
            _ => self.put(key, list(items)),
        }
    }

    pub(in crate::export) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(in crate::export) fn node(self) -> Node {
        Node::mapping(Span::default(), self.0)
    }
}

pub(in crate::export) fn text(value: &str) -> Node {
    Node::text(Span::default(), value)
}

pub(in crate::export) fn list(items: Vec<Node>) -> Node {
    Node::list(Span::default(), items)
}

pub(in crate::export) fn texts<'a>(items: impl IntoIterator<Item = &'a String>) -> Node {
    list(items.into_iter().map(|item| text(item)).collect())
}

/// `!Ref Jobs`.
pub(in crate::export) fn reference(id: &str) -> Node {
    call(format!("!Ref {id}"))
}

/// `!GetAtt Jobs.Arn`.
pub(in crate::export) fn attribute(id: &str, name: &str) -> Node {
    call(format!("!GetAtt {id}.{name}"))
}

/// `!Sub "..."`; the text is the function's own, in which `${Jobs}` refers to something.
pub(in crate::export) fn sub(template: &str) -> Node {
    call(format!("!Sub {}", serde_json::Value::from(template)))
}

fn call(written: String) -> Node {
    Node::scalar(Span::default(), written, Style::Call)
}

/// JSON as a tree.
pub(in crate::export) fn json(value: &serde_json::Value) -> Node {
    use serde_json::Value as Json;
    match value {
        Json::String(value) => text(value),
        Json::Array(items) => list(items.iter().map(json).collect()),
        Json::Object(entries) => {
            let entry = |(key, value): (&String, &Json)| {
                Entry::new(key.clone(), Span::default(), json(value))
            };
            Node::mapping(Span::default(), entries.iter().map(entry).collect())
        }
        other => Node::plain(Span::default(), other.to_string()),
    }
}

/// JSON that is kept as text.
pub(in crate::export) fn parsed(written: &str) -> Node {
    serde_json::from_str(written).map_or_else(|_| text(written), |value| json(&value))
}
