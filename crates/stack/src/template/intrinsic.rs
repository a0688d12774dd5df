//! Recognizes the functions of a template in its tree.

use crate::yaml::{Key, Node, Value};

/// A mapping that is a call of a function: its name and its argument.
pub(super) struct Intrinsic<'a> {
    pub(super) key: &'a Key,
    pub(super) argument: &'a Node,
}

/// The call that a node is.
pub(super) fn call(node: &Node) -> Option<Intrinsic<'_>> {
    let Value::Mapping(entries) = &node.value else { return None };
    let [entry] = entries.as_slice() else { return None };
    let name = &*entry.key.text;
    let is_call = matches!(name, "Ref" | "Condition") || name.starts_with("Fn::");
    is_call.then_some(Intrinsic { key: &entry.key, argument: &entry.value })
}

/// What `!GetAtt` names: a resource and its attribute.
pub(super) fn attribute(argument: &Node) -> Option<(&str, String)> {
    if let Some(text) = argument.as_text() {
        return text.split_once('.').map(|(id, attribute)| (id, attribute.to_owned()));
    }
    match argument.items() {
        [id, attribute] => Some((id.as_text()?, attribute.as_text()?.to_owned())),
        [id, rest @ ..] if !rest.is_empty() => {
            let rest: Option<Vec<&str>> = rest.iter().map(Node::as_text).collect();
            Some((id.as_text()?, rest?.join(".")))
        }
        _ => None,
    }
}

/// A piece of the text of `!Sub`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    /// `${!Name}`, which stands for `${Name}` itself.
    Literal(&'a str),
    Variable(&'a str),
}

/// Splits the text of `!Sub`.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        if start > 0 {
            pieces.push(Piece::Text(&rest[..start]));
        }
        let inner = &rest[start + 2..start + length];
        pieces.push(match inner.strip_prefix('!') {
            Some(literal) => Piece::Literal(literal),
            None => Piece::Variable(inner.trim()),
        });
        rest = &rest[start + length + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_sub_is_split() {
        use Piece::{Literal, Text, Variable};
        let check = |text, expected: &[Piece<'_>]| assert_eq!(pieces(text), expected, "{text}");
        check("", &[]);
        check("plain", &[Text("plain")]);
        check("a-${ B.Arn }/${!c}", &[Text("a-"), Variable("B.Arn"), Text("/"), Literal("c")]);
        check("${A}${B", &[Variable("A"), Text("${B")]);
    }
}
