//! TOML as a tree with places.

use std::ops::Range;

use toml_edit::{Document, Item, Table, TableLike, Value as Toml};

use crate::problem::{Code, Problem};
use crate::source::{Source, Span};
use crate::yaml::{Entry, Node};

/// `None` once it was told why it is none.
pub(super) fn parse(source: &Source, problems: &mut Vec<Problem>) -> Option<Node> {
    match Document::parse(source.text.as_str()) {
        Ok(document) => Some(table(document.as_table(), Span::default())),
        Err(error) => {
            let message = format!("not TOML: {}", error.message().trim());
            let problem = Problem::new(Code::Syntax, message);
            problems.push(problem.at(place(error.span(), Span::default()), ""));
            None
        }
    }
}

/// What has no place of its own has that of what it stands in.
fn place(range: Option<Range<usize>>, outer: Span) -> Span {
    range.map_or(outer, |range| Span { start: range.start, end: range.end })
}

fn table(written: &Table, outer: Span) -> Node {
    let span = place(written.span(), outer);
    entries(written, span)
}

fn entries(written: &dyn TableLike, span: Span) -> Node {
    let all = written.iter().map(|(name, value)| {
        let key = place(written.key(name).and_then(toml_edit::Key::span), span);
        Entry::new(name, key, item(value, key))
    });
    Node::mapping(span, all.collect())
}

fn item(written: &Item, outer: Span) -> Node {
    match written {
        Item::None => Node::plain(outer, "null"),
        Item::Table(written) => table(written, outer),
        Item::ArrayOfTables(all) => {
            Node::list(outer, all.iter().map(|one| table(one, outer)).collect())
        }
        Item::Value(written) => value(written, outer),
    }
}

fn value(written: &Toml, outer: Span) -> Node {
    let span = place(written.span(), outer);
    match written {
        Toml::String(text) => Node::text(span, text.value()),
        Toml::Array(items) => Node::list(span, items.iter().map(|one| value(one, span)).collect()),
        Toml::InlineTable(inline) => entries(inline, span),
        Toml::Integer(number) => Node::plain(span, number.value().to_string()),
        Toml::Float(number) => Node::plain(span, number.value().to_string()),
        Toml::Boolean(is_true) => Node::plain(span, is_true.value().to_string()),
        Toml::Datetime(time) => Node::text(span, time.value().to_string()),
    }
}
