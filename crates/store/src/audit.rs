//! The contract for the audit log: who changed what, for as long as the store exists.

use model::Timestamp;

use crate::Pending;

/// One thing that somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    pub at: Timestamp,
    /// `admin`, `manifest`.
    pub actor: String,
    /// `create key`, `reset usage`.
    pub action: String,
    /// What it was done to: `key partner`.
    pub subject: String,
    /// A sentence with the figures. Never a secret.
    pub detail: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Only lines about this.
    pub subject: Option<String>,
    /// So many of the latest; 0 is all.
    pub most: usize,
}

pub trait AuditStore {
    fn note(&self, line: AuditLine) -> Pending<'_, ()>;

    /// The latest first.
    fn audit(&self, query: AuditQuery) -> Pending<'_, Vec<AuditLine>>;
}
