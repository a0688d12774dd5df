//! JSON in texts, as a tree.

use serde_json::Value as Json;

use crate::source::Span;
use crate::yaml::{Entry, Node};

/// The document that a text is, all of it at the text's place.
pub(crate) fn tree(text: &str, span: Span) -> Option<Node> {
    Some(node(&serde_json::from_str(text).ok()?, span))
}

fn node(json: &Json, span: Span) -> Node {
    match json {
        Json::Null => Node::plain(span, "null"),
        Json::Bool(_) | Json::Number(_) => Node::plain(span, json.to_string()),
        Json::String(text) => Node::text(span, text),
        Json::Array(items) => Node::list(span, items.iter().map(|it| node(it, span)).collect()),
        Json::Object(members) => {
            let entries = members.iter().map(|(key, it)| Entry::new(key, span, node(it, span)));
            Node::mapping(span, entries.collect())
        }
    }
}
