//! A manifest in the making.

use crate::source::Span;
use crate::yaml::{Entry, Node};

/// The manifest's collections that other tools' files fill, in the order in which it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    Parameters,
    Functions,
    Caches,
    Upstreams,
    Queues,
    Topics,
    Triggers,
    StoredParameters,
    Schedules,
    Rules,
    Apis,
    UsagePlans,
    Keys,
    Outputs,
}

const SECTIONS: [(Section, &str); 14] = [
    (Section::Parameters, "parameters"),
    (Section::Functions, "functions"),
    (Section::Caches, "caches"),
    (Section::Upstreams, "upstreams"),
    (Section::Queues, "queues"),
    (Section::Topics, "topics"),
    (Section::Triggers, "triggers"),
    (Section::StoredParameters, "ssm"),
    (Section::Schedules, "schedules"),
    (Section::Rules, "rules"),
    (Section::Apis, "apis"),
    (Section::UsagePlans, "usage_plans"),
    (Section::Keys, "keys"),
    (Section::Outputs, "outputs"),
];

/// Resources by name, each as the manifest would write it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draft {
    resources: Vec<(Section, Entry)>,
}

impl Draft {
    /// Adds a resource. `span` is where its name, or what it comes from, is written.
    pub(crate) fn put(&mut self, section: Section, name: &str, span: Span, resource: Node) {
        self.resources.push((section, Entry::new(name, span, resource)));
    }

    pub(crate) fn has(&self, section: Section, name: &str) -> bool {
        self.resources.iter().any(|(of, entry)| *of == section && entry.key.text == name)
    }

    pub(crate) fn has_any(&self, section: Section) -> bool {
        self.resources.iter().any(|(of, _)| *of == section)
    }

    /// Adds all of a manifest's tree but what it writes itself, such as its name.
    pub(crate) fn put_all(&mut self, tree: &Node) {
        for entry in tree.entries() {
            let section = SECTIONS.iter().find(|(_, key)| *key == entry.key.text);
            let named = section.into_iter().flat_map(|(section, _)| {
                entry.value.entries().iter().map(|named| (*section, named.clone()))
            });
            self.resources.extend(named);
        }
    }

    /// One that was put before.
    pub(crate) fn get_mut(&mut self, section: Section, name: &str) -> Option<&mut Node> {
        let mut all = self.resources.iter_mut();
        let found = all.find(|(of, entry)| *of == section && entry.key.text == name);
        found.map(|(_, entry)| &mut entry.value)
    }

    /// A name that nothing in `section` has yet: `wanted`, or with a number.
    pub(crate) fn free(&self, section: Section, wanted: &str) -> String {
        let numbered = (2..).map(|number| format!("{wanted}-{number}"));
        let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
        names.find(|name| !self.has(section, name)).unwrap_or_default()
    }

    /// The manifest's tree. What the manifest writes itself, such as its name, comes first.
    pub(crate) fn into_tree(mut self, span: Span, mut first: Vec<Entry>) -> Node {
        for (section, key) in SECTIONS {
            let (mine, rest) = self.resources.into_iter().partition(|(of, _)| *of == section);
            self.resources = rest;
            let entries: Vec<Entry> =
                Vec::<(Section, Entry)>::into_iter(mine).map(|it| it.1).collect();
            if let Some(entry) = entries.first() {
                let span = entry.key.span;
                first.push(Entry::new(key, span, Node::mapping(span, entries)));
            }
        }
        Node::mapping(span, first)
    }
}

/// The text as the manifest has to write it: it substitutes nothing in it.
pub(crate) fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_taken_get_a_number() {
        let mut draft = Draft::default();
        for expected in ["tick", "tick-2", "tick-3"] {
            let name = draft.free(Section::Schedules, "tick");
            assert_eq!(name, expected);
            draft.put(Section::Schedules, &name, Span::default(), Node::plain(Span::default(), ""));
        }
        assert_eq!(draft.free(Section::Rules, "tick"), "tick");
    }
}
