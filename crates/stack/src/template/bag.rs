//! The properties of something in a template: whatever nobody takes is unsupported.

use std::collections::BTreeSet;

use crate::problem::Told;
use crate::shape::did_you_mean;
use crate::yaml::{Entry, Node};

pub(super) struct Bag<'a> {
    /// What messages call it: `AWS::Lambda::Function`.
    what: String,
    entries: &'a [Entry],
    known: BTreeSet<&'static str>,
}

impl<'a> Bag<'a> {
    pub(super) fn new(what: impl Into<String>, entries: &'a [Entry]) -> Self {
        Self { what: what.into(), entries, known: BTreeSet::new() }
    }

    /// Of a value; what is no mapping has nothing in it.
    pub(super) fn of(what: impl Into<String>, node: &'a Node) -> Self {
        Self::new(what, node.entries())
    }

    pub(super) fn entry(&mut self, name: &'static str) -> Option<&'a Entry> {
        self.known.insert(name);
        self.entries.iter().find(|entry| entry.key.text == name)
    }

    pub(super) fn take(&mut self, name: &'static str) -> Option<&'a Node> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// Accepts properties that change nothing anywhere.
    pub(super) fn accept(&mut self, names: &[&'static str]) {
        self.known.extend(names);
    }

    /// Accepts properties that have no meaning here, and tells so.
    pub(super) fn note(&mut self, names: &[&'static str], told: &mut Told) {
        self.known.extend(names);
        for Entry { key, .. } in self.entries.iter().filter(|it| names.contains(&&*it.key.text)) {
            told.note(format!("`{}` of `{}` has no meaning here", key.text, self.what), key.span);
        }
    }

    /// Refuses what nobody took.
    pub(super) fn finish(self, told: &mut Told) {
        for Entry { key, .. } in self.entries {
            if self.known.contains(&*key.text) {
                continue;
            }
            let near = did_you_mean(&key.text, self.known.iter().copied());
            let near = near.map(|near| format!("; {near}")).unwrap_or_default();
            told.unsupported(
                format!("`{}` of `{}` is not supported{near}", key.text, self.what),
                key.span,
            );
        }
    }
}
