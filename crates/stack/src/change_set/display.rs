//! A change set for a terminal.

use std::fmt;

use serde_json::Value;

use super::{ChangeSet, Kind, PropertyChange, Resource, Shown};

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Listener => "listener",
            Self::Store => "limits store",
            Self::Function => "function",
            Self::Process => "process",
            Self::Cache => "cache",
            Self::Upstream => "upstream",
            Self::Api => "api",
            Self::Route => "route",
            Self::UsagePlan => "usage plan",
            Self::ApiKey => "key",
            Self::Made(kind) => kind.as_str(),
        })
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.is_empty() {
            true => self.kind.fmt(f),
            false => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(Value::String(text)) if is_bare(text) => f.write_str(text),
            Self::Value(value) => value.fmt(f),
            Self::Hidden => f.write_str("[hidden]"),
        }
    }
}

/// Whether a text can stand without quotes and still be told from the arrow around it.
fn is_bare(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && c != '"')
}

impl fmt::Display for PropertyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { property, old, new } = self;
        match (old, new) {
            (Some(old), Some(new)) => write!(f, "{property}: {old} -> {new}"),
            (None, Some(new)) => write!(f, "{property}: none -> {new}"),
            (Some(old), None) => write!(f, "{property}: {old} -> none"),
            (None, None) => write!(f, "{property}: none"),
        }
    }
}

impl ChangeSet {
    fn drift_of<'a>(&self, resource: &Resource, told: &'a str) -> &'a str {
        if self.drifted.contains(resource) { told } else { "" }
    }
}

/// One line for each resource: `+` new, `~` changed, `-` gone; its properties below it.
impl fmt::Display for ChangeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "no changes");
        }
        for resource in &self.added {
            let drift = self.drift_of(resource, " (deleted through an API)");
            writeln!(f, "+ {resource}{drift}")?;
        }
        for change in &self.changed {
            let drift = self.drift_of(&change.resource, " (changed through an API)");
            writeln!(f, "~ {}{drift}", change.resource)?;
            for property in &change.properties {
                writeln!(f, "    {property}")?;
            }
        }
        for resource in &self.removed {
            writeln!(f, "- {resource}")?;
        }
        Ok(())
    }
}
