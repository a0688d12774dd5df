//! What things are called in the template: letters and digits, no two alike.

use std::collections::{BTreeMap, BTreeSet};

use model::Stack;

/// What has a logical id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    Function,
    Queue,
    Topic,
    Api,
    Cache,
    Plan,
    Key,
    Stored,
    Schedule,
    Rule,
    Parameter,
    /// Of the environment.
    Variable,
}

impl Sort {
    fn word(self) -> &'static str {
        match self {
            Self::Function => "Function",
            Self::Queue => "Queue",
            Self::Topic => "Topic",
            Self::Api => "Api",
            Self::Cache => "Cache",
            Self::Plan => "Plan",
            Self::Key => "Key",
            Self::Stored => "Setting",
            Self::Schedule => "Schedule",
            Self::Rule => "Rule",
            Self::Parameter | Self::Variable => "",
        }
    }

    /// Whether the template has no other place for the name.
    fn keeps_names(self) -> bool {
        matches!(self, Self::Api | Self::Cache | Self::Plan | Self::Key)
    }
}

#[derive(Debug, Default)]
pub(super) struct Ids {
    known: BTreeMap<(Sort, String), String>,
    taken: BTreeSet<String>,
}

impl Ids {
    pub(super) fn of(stack: &Stack) -> Self {
        let mut ids = Self::default();
        // Those that keep their names come first.
        for api in &stack.apis {
            ids.give(Sort::Api, api.name.as_str());
        }
        stack.caches.keys().for_each(|name| ids.give(Sort::Cache, name.as_str()));
        stack.usage_plans.keys().for_each(|name| ids.give(Sort::Plan, name.as_str()));
        stack.keys.keys().for_each(|name| ids.give(Sort::Key, name.as_str()));
        stack.functions.keys().for_each(|name| ids.give(Sort::Function, name.as_str()));
        for id in stack.resources.keys() {
            let sort = match id.kind {
                model::ResourceKind::Queue => Sort::Queue,
                model::ResourceKind::Topic => Sort::Topic,
                model::ResourceKind::StoredParameter => Sort::Stored,
                model::ResourceKind::Schedule => Sort::Schedule,
                model::ResourceKind::EventRule => Sort::Rule,
                _ => continue,
            };
            // A schedule's group stands before its name.
            let name = id.name.rsplit('/').next().unwrap_or_default();
            ids.give(sort, if sort == Sort::Schedule { name } else { &id.name });
        }
        ids
    }

    pub(super) fn give(&mut self, sort: Sort, name: &str) {
        let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric());
        let wanted = match sort.keeps_names() && is_plain {
            true => name.to_owned(),
            false if sort == Sort::Variable => pascal(&name.to_ascii_lowercase()),
            false => pascal(name) + sort.word(),
        };
        let id = self.free(&wanted);
        self.known.insert((sort, name.to_owned()), id);
    }

    /// An id like this one that nothing has.
    pub(super) fn free(&mut self, wanted: &str) -> String {
        let mut id = wanted.to_owned();
        let mut number = 2;
        while !self.taken.insert(id.clone()) {
            id = format!("{wanted}{number}");
            number += 1;
        }
        id
    }

    pub(super) fn get(&self, sort: Sort, name: &str) -> String {
        self.known.get(&(sort, name.to_owned())).cloned().unwrap_or_else(|| pascal(name))
    }

    pub(super) fn find(&self, sort: Sort, name: &str) -> Option<&str> {
        self.known.get(&(sort, name.to_owned())).map(String::as_str)
    }
}

/// `task-master` is `TaskMaster`.
pub(super) fn pascal(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        })
        .collect()
}
