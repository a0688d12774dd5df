//! What becomes of resources that no stack declares while one of the stacks cannot be read: they may be that
//! one's, with all that they hold.

use std::borrow::Cow;
use std::collections::BTreeSet;

use model::{ResourceId, ResourceKind, Snapshot};

/// What the manifest declared before and does no more, at a server's start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undeclared {
    Leaves,
    /// A stack that cannot be read may still declare it.
    Held,
}

/// What starts functions rests while they are not there: their messages would be given up in vain.
const RESTING: [ResourceKind; 3] =
    [ResourceKind::EventSourceMapping, ResourceKind::Schedule, ResourceKind::EventRule];

/// All that is to be real.
pub(super) fn awake<'a>(all: &'a Snapshot, held: &BTreeSet<ResourceId>) -> Cow<'a, Snapshot> {
    let rests = |id: &ResourceId| held.contains(id) && RESTING.contains(&id.kind);
    if !held.iter().any(rests) {
        return Cow::Borrowed(all);
    }
    let awake = all.iter().filter(|(id, _)| !rests(id));
    Cow::Owned(awake.map(|(_, kept)| kept.clone()).collect())
}
