//! Writes an action's output as awsQuery's XML.

mod write;

use serde::Serialize;

/// How lists and maps look inside a service's answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lists {
    /// `<Topics><member>`, `<Attributes><entry><key><value>`.
    Wrapped,
    /// Repeated elements, named by this table; what it does not know is wrapped.
    Flat(fn(action: &str, member: &str) -> Option<Flat>),
}

/// The element that repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flat {
    List(&'static str),
    Map { entry: &'static str, key: &'static str, value: &'static str },
}

/// `<{action}Result>` with the output's members; nothing for a unit.
pub(crate) fn result(text: &mut String, action: &str, lists: Lists, output: &impl Serialize) {
    let tag = format!("{action}Result");
    let element = write::Element { text, tag: &tag, action, lists };
    output.serialize(element).expect("outputs are structs with text keys");
}

/// One element with text in it.
pub(crate) fn element(text: &mut String, tag: &str, value: &str) {
    open(text, tag);
    escape(text, value);
    close(text, tag);
}

fn open(text: &mut String, tag: &str) {
    text.push('<');
    text.push_str(tag);
    text.push('>');
}

fn close(text: &mut String, tag: &str) {
    text.push_str("</");
    text.push_str(tag);
    text.push('>');
}

/// A parser would turn a bare CR into LF.
fn escape(text: &mut String, value: &str) {
    let mut plain = 0;
    for (at, byte) in value.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\r' => "&#xD;",
            _ => continue,
        };
        text.push_str(&value[plain..at]);
        text.push_str(entity);
        plain = at + 1;
    }
    text.push_str(&value[plain..]);
}

#[cfg(test)]
mod tests;
