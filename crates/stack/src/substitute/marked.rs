//! A manifest whose parameters and variables of the environment still tell themselves apart in texts, for those who
//! write these texts down elsewhere.

use crate::Inputs;
use crate::yaml::{Node, Value};

/// Stands on both sides of the name of a parameter, or of a variable behind [`VARIABLE`].
pub(crate) const PARAMETER_EDGE: char = '\u{1}';

/// What the name of a variable of the environment begins with, which no parameter's does.
pub(crate) const VARIABLE: &str = "env:";

/// As [`substitute`](super::substitute), but with marks where parameters and variables stand. Whatever else cannot
/// be read then has been read before.
pub(crate) fn with_marks(tree: &Node, inputs: &Inputs) -> Node {
    let mut tree = tree.clone();
    let mut set = Vec::new();
    if let Value::Mapping(entries) = &mut tree.value {
        for entry in entries.iter_mut() {
            match &*entry.key.text {
                "parameters" => set = marks(&mut entry.value),
                _ => mark_variables(&mut entry.value),
            }
        }
    }
    let inputs = Inputs { set, ..inputs.clone() };
    super::substitute(&mut tree, &inputs, &mut Vec::new(), &mut Vec::new());
    tree
}

/// A mark as the value of each parameter, which may be any text then.
fn marks(declared: &mut Node) -> Vec<(String, String)> {
    let Value::Mapping(parameters) = &mut declared.value else { return Vec::new() };
    let mut set = Vec::new();
    for parameter in parameters {
        let name = &parameter.key.text;
        set.push((name.clone(), format!("{PARAMETER_EDGE}{name}{PARAMETER_EDGE}")));
        if let Value::Mapping(settings) = &mut parameter.value.value {
            settings.retain(|it| it.key.text != "type");
        }
    }
    set
}

fn mark_variables(node: &mut Node) {
    match &mut node.value {
        Value::Scalar(scalar) if scalar.text.contains("${") => {
            scalar.text = marked(&scalar.text);
        }
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter_mut().for_each(mark_variables),
        Value::Mapping(entries) => {
            entries.iter_mut().for_each(|entry| mark_variables(&mut entry.value));
        }
    }
}

/// With marks in the place of `${env:NAME}` and `${env:NAME, default}`.
fn marked(text: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let is_escaped = rest[..start].ends_with('$');
        let inner = rest[start..].find('}').map(|end| &rest[start + 2..start + end]);
        let variable = inner.and_then(|inner| inner.trim_start().strip_prefix(VARIABLE));
        match (variable, inner) {
            (Some(variable), Some(inner)) if !is_escaped => {
                filled.push_str(&rest[..start]);
                filled.push_str(&format!("{PARAMETER_EDGE}{VARIABLE}{variable}{PARAMETER_EDGE}"));
                rest = &rest[start + inner.len() + 3..];
            }
            _ => {
                filled.push_str(&rest[..start + 2]);
                rest = &rest[start + 2..];
            }
        }
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::marked;

    #[test]
    fn variables_are_marked_and_nothing_else_is() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a ${env:B} c", "a |env:B| c"),
            ("${env:B, c}${param:d}", "|env:B, c|${param:d}"),
            ("$${env:B}", "$${env:B}"),
            ("${env:B", "${env:B"),
        ] {
            assert_eq!(marked(text).replace(super::PARAMETER_EDGE, "|"), expected, "{text}");
        }
    }
}
