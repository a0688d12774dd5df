//! The native manifest that a template becomes, while it grows.

use std::collections::BTreeMap;

use super::lowering::{Preflight, Stage};
use crate::problem::{Code, Problem, Told};
use crate::source::Span;
use crate::yaml::{Entry, Node, Value};

/// A mapping of the manifest that is being written.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    span: Span,
    entries: Vec<Entry>,
}

impl Draft {
    pub(super) fn new(span: Span) -> Self {
        Self { span, entries: Vec::new() }
    }

    pub(super) fn put(&mut self, key: &str, value: Node) {
        self.entries.push(Entry::new(key, value.span, value));
    }

    pub(super) fn put_some(&mut self, key: &str, value: Option<Node>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key.text == key)
    }

    /// The text under a key.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.entries.iter().find(|entry| entry.key.text == key)?.value.as_text()
    }

    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    pub(super) fn node(self) -> Node {
        Node::mapping(self.span, self.entries)
    }
}

/// An API with its routes.
#[derive(Debug, Clone)]
pub(super) struct ApiDraft {
    pub(super) settings: Draft,
    pub(super) routes: Vec<Entry>,
    pub(super) models: Vec<Entry>,
    pub(super) span: Span,
    pub(super) is_rest: bool,
    pub(super) stage: Stage,
    /// Whether a stage of it was met.
    pub(super) has_stage: bool,
    /// Where it asks for an authorizer, without which no route is served that does not say otherwise.
    pub(super) guard: Option<Span>,
    /// Keys of the routes that are gone with their authorizers.
    pub(super) guarded: Vec<String>,
    pub(super) preflight: Option<Preflight>,
    /// Whether preflight requests need the authorizer, too.
    pub(super) guards_preflight: bool,
    /// Whether events add routes to it.
    pub(super) takes_events: bool,
    /// The keys of what a document describes, whether or not they became routes.
    pub(super) described: Vec<String>,
}

/// Sections in the order in which they are printed.
const SECTIONS: [&str; 14] = [
    "parameters",
    "functions",
    "caches",
    "upstreams",
    "queues",
    "topics",
    "triggers",
    "ssm",
    "schedules",
    "rules",
    "apis",
    "usage_plans",
    "keys",
    "outputs",
];

#[derive(Debug, Default)]
pub(super) struct Native {
    sections: BTreeMap<&'static str, Vec<Entry>>,
    /// By the logical id of the API, in the order in which they are met.
    pub(super) apis: Vec<(String, ApiDraft)>,
}

impl Native {
    /// Adds a named element to a section.
    pub(super) fn add(
        &mut self,
        section: &'static str,
        name: &str,
        span: Span,
        value: Node,
        told: &mut Told,
    ) {
        let all = self.sections.entry(section).or_default();
        if let Some(first) = all.iter().find(|entry| entry.key.text == name) {
            let message = format!("two resources are called `{name}`");
            let problem = Problem::new(Code::Conflict, message).at(span, "again here");
            told.problems.push(problem.related(first.key.span, "first here"));
            return;
        }
        all.push(Entry::new(name, span, value));
    }

    /// Adds to a list of an element. Whether there is such an element.
    pub(super) fn push(
        &mut self,
        section: &'static str,
        name: &str,
        list: &str,
        item: Node,
    ) -> bool {
        let all = self.sections.get_mut(section).into_iter().flatten();
        let Some(entry) = all.into_iter().find(|entry| entry.key.text == name) else {
            return false;
        };
        let Value::Mapping(entries) = &mut entry.value.value else { return false };
        let Some(known) = entries.iter_mut().find(|entry| entry.key.text == list) else {
            entries.push(Entry::new(list, item.span, Node::list(item.span, vec![item])));
            return true;
        };
        if let Value::Sequence(items) = &mut known.value.value {
            items.push(item);
        }
        true
    }

    /// Gives an element a key; of a mapping that is there already, what is not said anew stays. Whether there
    /// is such an element.
    pub(super) fn set(
        &mut self,
        section: &'static str,
        name: &str,
        key: &str,
        value: Node,
    ) -> bool {
        let all = self.sections.get_mut(section).into_iter().flatten();
        let Some(entry) = all.into_iter().find(|entry| entry.key.text == name) else {
            return false;
        };
        if let Value::Mapping(entries) = &mut entry.value.value {
            let known = entries.iter().position(|entry| entry.key.text == key);
            let known = known.map(|at| entries.remove(at).value);
            entries.push(Entry::new(key, value.span, merged(known, value)));
        }
        true
    }

    pub(super) fn has(&self, section: &'static str, name: &str) -> bool {
        let mut all = self.sections.get(section).into_iter().flatten();
        all.any(|entry| entry.key.text == name)
    }

    pub(super) fn api(&mut self, id: &str) -> Option<&mut ApiDraft> {
        self.apis.iter_mut().find(|(known, _)| known == id).map(|(_, api)| api)
    }

    /// The whole manifest.
    pub(super) fn finish(mut self, name: Node, told: &mut Told) -> Node {
        for (id, api) in std::mem::take(&mut self.apis) {
            let ApiDraft { mut settings, routes, models, span, .. } = api;
            if !models.is_empty() {
                settings.put("models", Node::mapping(span, models));
            }
            settings.put("routes", Node::mapping(span, routes));
            self.add("apis", &id, span, settings.node(), told);
        }
        let span = name.span;
        let mut whole = Draft::new(span);
        whole.put("name", name);
        for section in SECTIONS {
            if let Some(entries) = self.sections.remove(section) {
                let span = entries.first().map_or(span, |entry| entry.key.span);
                whole.put(section, Node::mapping(span, entries));
            }
        }
        whole.node()
    }
}

/// Two mappings as one, the second over the first.
pub(super) fn merged(first: Option<Node>, mut second: Node) -> Node {
    if let (Some(first), Value::Mapping(entries)) = (first, &mut second.value) {
        let is_new = |entry: &&Entry| entries.iter().all(|it| it.key.text != entry.key.text);
        let kept: Vec<Entry> = first.entries().iter().filter(is_new).cloned().collect();
        entries.splice(0..0, kept);
    }
    second
}

impl ApiDraft {
    /// Adds a route, or reports that its key is taken.
    pub(super) fn route(&mut self, key: String, span: Span, value: Node, told: &mut Told) {
        if let Some(first) = self.routes.iter().find(|entry| entry.key.text == key) {
            let message = format!("the route `{key}` is there twice");
            let problem = Problem::new(Code::Conflict, message).at(span, "again here");
            told.problems.push(problem.related(first.key.span, "first here"));
            return;
        }
        self.routes.push(Entry::new(key, span, value));
    }
}
