//! The contract for resources: what manifests and AWS calls made, as it was last set.

use model::{Kept, ResourceId};

use crate::{AuditLine, Pending};

/// One change of what is kept. It names the revision that it was decided on, so that of two who
/// decide at once the later is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptChange {
    /// Revision 1 adds a resource, any later one replaces the revision before it.
    Keep(Box<Kept>),
    Forget {
        id: ResourceId,
        /// The one that is there.
        revision: u64,
    },
}

impl KeptChange {
    pub fn id(&self) -> ResourceId {
        match self {
            Self::Keep(kept) => kept.resource.id(),
            Self::Forget { id, .. } => id.clone(),
        }
    }
}

pub trait ResourceStore {
    /// Every resource, by id.
    fn resources(&self) -> Pending<'_, Vec<Kept>>;

    /// Makes all changes, in their order, together with their audit lines, or none of them
    /// ([`StoreError::Outdated`](crate::StoreError::Outdated)).
    fn change_resources(&self, changes: Vec<(KeptChange, AuditLine)>) -> Pending<'_, ()>;
}
