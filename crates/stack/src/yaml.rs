//! A YAML document as a tree in which everything knows its place.

mod build;
mod make;
mod offsets;
mod print;
mod syntax;

use crate::source::{Span, conceal};

pub(crate) use build::{Tags, parse};
pub(crate) use print::print;

#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// A scalar's own text; of a collection, the key it stands under, so that a caret points at
    /// one word and not at a page.
    pub(crate) span: Span,
    pub(crate) value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) style: Style,
    /// As the manifest has it, when `text` came from a substitution.
    pub(crate) written: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// May stand for a number, a boolean or nothing.
    Plain,
    /// Always text.
    Quoted,
    /// A substitution in it failed, which has been reported.
    Unresolved,
    /// Of a tree that is to be printed: a function of templates with its argument, as it is written.
    Call,
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) value: Node,
}

#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl Node {
    pub(crate) fn scalar(span: Span, text: impl Into<String>, style: Style) -> Self {
        let scalar = Scalar { text: text.into(), style, written: None };
        Self { span, value: Value::Scalar(scalar) }
    }

    /// Text, whatever it looks like.
    pub(crate) fn text(span: Span, text: impl Into<String>) -> Self {
        Self::scalar(span, text, Style::Quoted)
    }

    /// A number, a boolean, or text that is none.
    pub(crate) fn plain(span: Span, text: impl Into<String>) -> Self {
        Self::scalar(span, text, Style::Plain)
    }

    pub(crate) fn list(span: Span, items: Vec<Node>) -> Self {
        Self { span, value: Value::Sequence(items) }
    }

    pub(crate) fn mapping(span: Span, entries: Vec<Entry>) -> Self {
        Self { span, value: Value::Mapping(entries) }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Mapping(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Node] {
        match &self.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key.text == key).map(|entry| &entry.value)
    }

    /// A scalar's text, empty ones included.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    /// What is here failed before, which has been reported.
    pub(crate) fn is_unresolved(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.style == Style::Unresolved)
    }

    /// What a message calls it.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Mapping(_) => "a mapping",
            Value::Sequence(_) => "a list",
            Value::Scalar(scalar) if scalar.is_null() => "nothing",
            Value::Scalar(scalar) if scalar.style == Style::Quoted => "text",
            Value::Scalar(scalar) if matches!(&*scalar.text, "true" | "false") => "a boolean",
            Value::Scalar(scalar) if scalar.text.parse::<f64>().is_ok() => "a number",
            Value::Scalar(_) => "text",
        }
    }
}

impl Entry {
    pub(crate) fn new(key: impl Into<String>, span: Span, value: Node) -> Self {
        Self { key: Key { text: key.into(), span }, value }
    }
}

impl Scalar {
    pub(crate) fn is_null(&self) -> bool {
        self.style == Style::Plain
            && self.written.is_none()
            && matches!(&*self.text, "" | "~" | "null" | "Null" | "NULL")
    }

    /// The value as a message may repeat it. What was substituted may be secret.
    pub(crate) fn shown(&self) -> String {
        match &self.written {
            None => format!("`{}`", shorten(&self.text)),
            Some(written) => format!("the value of `{}`", shorten(written)),
        }
    }
}

/// Keeps a message readable when the text is a page, and a terminal sane when it is not text.
pub(crate) fn shorten(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short = String::new();
    // Before it is cut, since what is cut no longer shows that it held a password.
    for (count, c) in conceal(text).chars().enumerate() {
        if count == LONGEST || c == '\n' {
            short.push_str("...");
            break;
        }
        if c.is_control() {
            short.extend(c.escape_default());
        } else {
            short.push(c);
        }
    }
    short
}
