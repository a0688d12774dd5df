//! The contract for deployments: of which sources a server's stacks are made, now and before.

use model::Timestamp;

use crate::{AuditLine, Pending};

/// So many revisions of a deployment are kept, to go back to.
pub const KEPT_REVISIONS: u64 = 10;

/// One revision of one stack. The latest is the one that is served: keeping the next one is what makes
/// a server that was killed come back with the new stack instead of the old one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Tells it from the server's others: the stack's name, and its environment behind an `@`.
    pub name: String,
    /// 1 for the first.
    pub revision: u64,
    /// The digest of its bundle.
    pub bundle: String,
    /// The file or folder in the bundle that the stack is read from.
    pub source: String,
    /// Values from outside, sealed: they may be secret.
    pub inputs: String,
    pub at: Timestamp,
    /// Who deployed it, as they said.
    pub by: String,
    /// `deploy`, `roll back to 3`.
    pub reason: String,
}

/// One change. It names the revision that it was decided on, so that of two who decide at once the later
/// is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeploymentChange {
    /// The revision after the latest, or 1.
    Deploy(Box<Deployment>),
    /// All revisions are forgotten; this is the latest.
    Destroy { name: String, revision: u64 },
}

pub trait DeploymentStore {
    /// Every kept revision, by name and then latest first.
    fn deployments(&self) -> Pending<'_, Vec<Deployment>>;

    /// Makes the change together with its audit line, and forgets revisions that are older than the
    /// [`KEPT_REVISIONS`] latest. [`StoreError::Taken`](crate::StoreError::Taken) when somebody was faster.
    fn change_deployment(&self, change: DeploymentChange, line: AuditLine) -> Pending<'_, ()>;
}
