//! Decides what a wanted change does to what is kept.

use model::{ChangeRefused, Kept, Origin, ResourceChange, ResourceId, Snapshot, Timestamp};
use store::{AuditLine, KeptChange};

use super::{Change, differences};

/// `seen` is what `wanted` was decided on; what has changed since by other hands is refused.
pub(super) fn changes(
    actor: &str,
    wanted: Vec<ResourceChange>,
    seen: &Snapshot,
    before: &Snapshot,
    now: Timestamp,
) -> Result<Vec<Change>, ChangeRefused> {
    let mut changes = Vec::new();
    let mut there = before.clone();
    for change in wanted {
        let id = change.id();
        let revision = |snapshot: &Snapshot| snapshot.kept(&id).map(|kept| kept.revision);
        let is_made_here = revision(&there) != revision(before);
        if !is_made_here && revision(seen) != revision(before) {
            return Err(ChangeRefused::Outdated(id));
        }
        let line = |action: &str, detail: String| AuditLine {
            at: now,
            actor: actor.to_owned(),
            action: format!("{action} {}", id.kind),
            subject: id.to_string(),
            detail,
        };
        let step = match (change, there.kept(&id)) {
            (ResourceChange::Keep(resource), None) => {
                let (origin, revision) = (Origin::Operator, 1);
                let kept = Kept { resource, origin, revision, created: now, updated: now };
                (KeptChange::Keep(Box::new(kept)), line("create", String::new()))
            }
            (ResourceChange::Keep(resource), Some(kept)) if kept.resource == resource => continue,
            (ResourceChange::Keep(resource), Some(kept)) => {
                let detail = differences(&kept.resource, &resource);
                let revision = kept.revision + 1;
                let kept = Kept { resource, revision, updated: now, ..kept.clone() };
                (KeptChange::Keep(Box::new(kept)), line("change", detail))
            }
            (ResourceChange::Forget(_), None) => continue,
            (ResourceChange::Forget(_), Some(kept)) => {
                let line = line("delete", String::new());
                (KeptChange::Forget { id, revision: kept.revision }, line)
            }
        };
        there = after(&there, std::slice::from_ref(&step));
        changes.push(step);
    }
    Ok(changes)
}

/// What there is once the changes are made.
pub(super) fn after(before: &Snapshot, changes: &[Change]) -> Snapshot {
    let is_touched = |id: &&ResourceId| changes.iter().any(|(change, _)| change.id() == **id);
    let untouched = before.iter().filter(|(id, _)| !is_touched(id)).map(|(_, kept)| kept.clone());
    let mut all: Vec<Kept> = untouched.collect();
    for (change, _) in changes {
        all.retain(|kept| kept.resource.id() != change.id());
        if let KeptChange::Keep(kept) = change {
            all.push((**kept).clone());
        }
    }
    all.into_iter().collect()
}
