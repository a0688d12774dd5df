//! A YAML document as a tree in which everything knows its place.

mod build;
mod offsets;
mod syntax;

use crate::source::{Span, conceal};

pub(crate) use build::parse;

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
