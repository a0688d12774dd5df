//! What applying a stack would change.

use std::fmt;

use model::Stack;

/// The difference between what is and what is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct ChangeSet {
    pub added: Vec<Resource>,
    pub changed: Vec<Change>,
    pub removed: Vec<Resource>,
}

/// Names one element of a stack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Resource {
    pub kind: Kind,
    /// A route's is its API and route key: `public GET /orders`.
    pub name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Listener,
    Function,
    Upstream,
    Api,
    Route,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    #[serde(flatten)]
    pub resource: Resource,
    pub properties: Vec<PropertyChange>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PropertyChange {
    /// `timeout`, `timeouts.connect`, `environment.REDIS_URL`.
    pub property: String,
    /// `None` when the property was not there before.
    pub old: Option<serde_json::Value>,
    pub new: Option<serde_json::Value>,
}

impl ChangeSet {
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

/// Compares what runs, if anything, with what is wanted.
pub fn between(_old: Option<&Stack>, _new: &Stack) -> ChangeSet {
    ChangeSet::default()
}

impl fmt::Display for ChangeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no changes\n")
    }
}
