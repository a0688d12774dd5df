//! A mapping of another tool: what each of its keys means here.

use crate::problem::{Code, Problem, Told};
use crate::shape::{did_you_mean, listed};
use crate::source::Span;
use crate::yaml::{Entry, Node, Value, shorten};

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It is read.
    Read,
    /// Nothing here depends on it.
    Nothing,
    /// It has no meaning here, which is said in these words.
    Note(&'static str),
    Unsupported,
}

pub(crate) type Key = (&'static str, Use);

/// A mapping whose keys have been looked through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    pub(crate) span: Span,
    entries: &'a [Entry],
}

impl<'a> Fields<'a> {
    /// Reports what is no mapping, keys that nobody knows, and those that nothing can be made of.
    /// `noun` is what it is called: `a function`.
    pub(crate) fn open(node: &'a Node, noun: &str, keys: &[Key], told: &mut Told) -> Option<Self> {
        let Value::Mapping(entries) = &node.value else {
            let message = format!("{noun} is a mapping, not {}", node.kind());
            let all = listed(read(keys), "and");
            let problem = Problem::new(Code::WrongType, message).at(node.span, "");
            told.problems.push(problem.help(format!("it has the keys {all}")));
            return None;
        };
        for entry in entries.iter().filter(|entry| !entry.value.is_null()) {
            let (span, name) = (entry.key.span, &*entry.key.text);
            match keys.iter().find(|(known, _)| *known == name) {
                Some((_, Use::Read | Use::Nothing)) => {}
                Some((_, Use::Note(why))) => told.note(format!("`{name}` {why}"), span),
                Some((_, Use::Unsupported)) => {
                    told.unsupported(format!("`{name}` of {noun} is not supported"), span);
                }
                None => told.problems.push(unknown(name, span, noun, keys)),
            }
        }
        Some(Self { span: node.span, entries })
    }

    /// Of what has been looked through before.
    pub(crate) fn opened(node: &'a Node) -> Self {
        Self { span: node.span, entries: node.entries() }
    }

    /// For what is written in short, or not at all.
    pub(crate) fn empty(span: Span) -> Self {
        Self { span, entries: &[] }
    }

    /// The value of a key that is written and not nothing.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.entries.iter().find(|entry| entry.key.text == key && !entry.value.is_null())
    }

    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.get(key)?.as_text()
    }
}

fn read<'k>(keys: &'k [Key]) -> impl Iterator<Item = &'static str> + 'k {
    keys.iter().filter(|(_, used)| *used == Use::Read).map(|(key, _)| *key)
}

fn unknown(name: &str, span: Span, noun: &str, keys: &[Key]) -> Problem {
    let near = did_you_mean(name, keys.iter().map(|(key, _)| *key));
    let all = || format!("{noun} has the keys {}", listed(read(keys), "and"));
    Problem::new(Code::UnknownKey, format!("unknown key `{}`", shorten(name)))
        .at(span, format!("not a key of {noun}"))
        .help(near.unwrap_or_else(all))
}
