//! Writes a tree as YAML that reads back as the same tree.

use std::fmt::Write;

use super::{Entry, Node, Scalar, Style, Value};

/// The document, in block style.
pub(crate) fn print(node: &Node) -> String {
    let mut text = String::new();
    match &node.value {
        Value::Mapping(entries) => mapping(entries, 0, &mut text),
        Value::Sequence(items) => sequence(items, 0, &mut text),
        Value::Scalar(scalar) => text.push_str(&printed(scalar)),
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn mapping(entries: &[Entry], depth: usize, text: &mut String) {
    for (number, Entry { key, value }) in entries.iter().enumerate() {
        if number > 0 || depth == 0 {
            indent(depth, text);
        }
        text.push_str(&plain_or_quoted(&key.text, Style::Quoted));
        text.push(':');
        value_after(value, depth, text);
    }
}

fn value_after(value: &Node, depth: usize, text: &mut String) {
    match &value.value {
        Value::Scalar(scalar) if is_block(&scalar.text) => block(&scalar.text, depth, text),
        Value::Scalar(scalar) => {
            let _ = writeln!(text, " {}", printed(scalar));
        }
        Value::Mapping(entries) if entries.is_empty() => text.push_str(" {}\n"),
        Value::Sequence(items) if items.is_empty() => text.push_str(" []\n"),
        Value::Mapping(entries) => {
            text.push('\n');
            indent(depth + 1, text);
            mapping(entries, depth + 1, text);
        }
        Value::Sequence(items) => {
            text.push('\n');
            sequence(items, depth + 1, text);
        }
    }
}

fn sequence(items: &[Node], depth: usize, text: &mut String) {
    for item in items {
        indent(depth, text);
        text.push('-');
        match &item.value {
            Value::Mapping(entries) if !entries.is_empty() => {
                text.push(' ');
                mapping(entries, depth + 1, text);
            }
            Value::Sequence(inner) if !inner.is_empty() => {
                text.push('\n');
                sequence(inner, depth + 1, text);
            }
            _ => value_after(item, depth, text),
        }
    }
}

/// Whether a text can stand on lines of its own without changing.
fn is_block(text: &str) -> bool {
    let is_plain = |c: char| matches!(c, '\n' | '\t') || !c.is_control();
    let is_marked = |c: char| matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    let begins_well = text.starts_with(|c: char| !c.is_whitespace());
    text.trim_end_matches('\n').contains('\n')
        && begins_well
        && !text.ends_with("\n\n")
        && text.chars().all(|c| is_plain(c) && !is_marked(c))
}

fn block(content: &str, depth: usize, text: &mut String) {
    text.push_str(if content.ends_with('\n') { " |\n" } else { " |-\n" });
    for line in content.lines() {
        if !line.is_empty() {
            indent(depth + 1, text);
            text.push_str(line);
        }
        text.push('\n');
    }
}

fn indent(depth: usize, text: &mut String) {
    text.extend(std::iter::repeat_n("  ", depth));
}

fn printed(scalar: &Scalar) -> String {
    if scalar.style == Style::Call {
        return scalar.text.clone();
    }
    plain_or_quoted(&scalar.text, scalar.style)
}

/// Text goes without quotes where that leaves it text.
fn plain_or_quoted(text: &str, style: Style) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_./$ {}+@=".contains(c);
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic() || "./_$".contains(c))
        && text.chars().all(is_safe)
        && !text.ends_with(' ');
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_reserved = reserved.contains(&&*text.to_ascii_lowercase());
    if is_word && (style == Style::Plain || !is_reserved) {
        return text.to_owned();
    }
    if style == Style::Plain && !text.is_empty() && text.chars().all(|c| is_safe(c) && c != '{') {
        return text.to_owned();
    }
    // JSON's texts are YAML's, too.
    serde_json::to_string(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use crate::yaml::{Tags, parse};

    fn same(one: &Node, other: &Node) -> bool {
        match (&one.value, &other.value) {
            (Value::Scalar(one), Value::Scalar(other)) => {
                one.text == other.text
                    && (one.style == other.style || one.text.parse::<f64>().is_err())
            }
            (Value::Sequence(one), Value::Sequence(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(a, b)| same(a, b))
            }
            (Value::Mapping(one), Value::Mapping(other)) => {
                let is_same =
                    |(a, b): (&Entry, &Entry)| a.key.text == b.key.text && same(&a.value, &b.value);
                one.len() == other.len() && one.iter().zip(other).all(is_same)
            }
            _ => false,
        }
    }

    #[test]
    fn what_is_printed_reads_back() {
        let check = |text: &str| {
            let read = |text: &str| {
                let source = Source { name: String::new(), text: text.to_owned() };
                let mut problems = Vec::new();
                let tree = parse(&source, Tags::Refused, &mut problems);
                tree.unwrap_or_else(|| panic!("{text}: {problems:?}"))
            };
            let tree = read(text);
            let printed = print(&tree);
            assert!(same(&tree, &read(&printed)), "{text}\n{printed}");
        };
        check("a: 1\nb: [x, \"1\", { c: d, e: [] }, [1, 2]]\nc: {}\n");
        check("GET /orders/{id}: \"${queue:a.url} # x\"\n$default: 'true'\n");
        check(
            "a: |-\n  def f():\n    # x: \\n\n      pass\nb:\n- |\n  x\n\n  \ty\n- |+\n  z\n  y\n\n",
        );
        check("a: |\n  two\n  lines\nb: \"\"\nc: null\nd: '- x'\ne: 'a: b'\n");
    }
}
