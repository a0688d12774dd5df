//! `x-amazon-apigateway-cors`.

use crate::foreign::{Fields, Key, Use};
use crate::problem::Told;
use crate::yaml::{Entry, Node};

const KEYS: [Key; 6] = [
    ("allowOrigins", Use::Read),
    ("allowMethods", Use::Read),
    ("allowHeaders", Use::Read),
    ("exposeHeaders", Use::Read),
    ("maxAge", Use::Read),
    ("allowCredentials", Use::Read),
];

const OWN: [(&str, &str); 5] = [
    ("allowOrigins", "origins"),
    ("allowMethods", "methods"),
    ("allowHeaders", "headers"),
    ("exposeHeaders", "expose"),
    ("allowCredentials", "credentials"),
];

/// The manifest's `cors`.
pub(super) fn lower(node: &Node, told: &mut Told) -> Option<Node> {
    let fields = Fields::open(node, "`x-amazon-apigateway-cors`", &KEYS, told)?;
    let mut entries = Vec::new();
    for (key, own) in OWN {
        // Without methods, those of the routes are allowed.
        let is_all = |it: &Node| matches!(it.as_text(), Some("*" | "ANY"));
        let value = fields.get(key);
        let value = value.filter(|it| own != "methods" || !it.items().iter().any(is_all));
        if let Some(value) = value {
            entries.push(Entry::new(own, value.span, value.clone()));
        }
    }
    if let Some((node, age)) = fields.get("maxAge").and_then(|node| Some((node, node.as_text()?))) {
        entries.push(Entry::new("max_age", node.span, Node::plain(node.span, format!("{age}s"))));
    }
    Some(Node::mapping(node.span, entries))
}
