//! Values as the manifest writes them.

use crate::foreign::escaped;
use crate::problem::{Code, Problem, Told};
use crate::source::Span;
use crate::yaml::{Entry, Node, Scalar, Style, Value};

/// The same tree for the manifest, which substitutes nothing in it.
pub(super) fn copied(node: &Node) -> Node {
    let value = match &node.value {
        Value::Scalar(scalar) => {
            let text = escaped(&scalar.text);
            Value::Scalar(Scalar { text, style: scalar.style, written: scalar.written.clone() })
        }
        Value::Sequence(items) => Value::Sequence(items.iter().map(copied).collect()),
        Value::Mapping(entries) => {
            let copy =
                |entry: &Entry| Entry { key: entry.key.clone(), value: copied(&entry.value) };
            Value::Mapping(entries.iter().map(copy).collect())
        }
    };
    Node { span: node.span, value }
}

/// A scalar that the manifest reads as text: numbers, too, have been written as variables' values.
pub(super) fn as_text(node: &Node) -> Node {
    let mut copy = copied(node);
    if let Value::Scalar(scalar) = &mut copy.value
        && scalar.style == Style::Plain
    {
        scalar.style = Style::Quoted;
    }
    copy
}

/// A whole number with the unit that the manifest wants: `6` of seconds is `6s`.
pub(super) fn with_unit(node: &Node, unit: &str, key: &str, told: &mut Told) -> Option<Node> {
    match &node.value {
        Value::Scalar(scalar) if scalar.style == Style::Unresolved => Some(node.clone()),
        Value::Scalar(scalar) if scalar.text.parse::<u64>().is_ok() => {
            let scalar = Scalar {
                text: format!("{}{unit}", scalar.text),
                style: Style::Plain,
                written: scalar.written.clone(),
            };
            Some(Node { span: node.span, value: Value::Scalar(scalar) })
        }
        _ => {
            let message = format!("`{key}` takes a whole number, not {}", node.kind());
            told.problems.push(Problem::new(Code::WrongType, message).at(node.span, ""));
            None
        }
    }
}

/// JSON that is written as a text, or as it is.
pub(super) fn json(node: &Node) -> Node {
    let text = node.as_scalar().filter(|scalar| scalar.style == Style::Quoted);
    match text.and_then(|text| serde_json::from_str(&text.text).ok()) {
        Some(value) => from_json(&value, node.span),
        None => copied(node),
    }
}

fn from_json(value: &serde_json::Value, span: Span) -> Node {
    use serde_json::Value as Json;
    match value {
        Json::String(text) => Node::text(span, escaped(text)),
        Json::Array(items) => {
            Node::list(span, items.iter().map(|item| from_json(item, span)).collect())
        }
        Json::Object(members) => {
            let entry = |(key, value): (&String, &Json)| {
                Entry::new(key.clone(), span, from_json(value, span))
            };
            Node::mapping(span, members.iter().map(entry).collect())
        }
        other => Node::plain(span, other.to_string()),
    }
}

/// `entries`, with `key` unless there is no value for it.
pub(super) fn put(entries: &mut Vec<Entry>, key: &str, value: Option<Node>) {
    if let Some(value) = value {
        entries.push(Entry::new(key, value.span, value));
    }
}
