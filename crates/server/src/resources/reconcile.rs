//! Decides what has to change for the manifest's resources to be those that it declares.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use model::{Kept, Origin, Resource, ResourceId, ResourceKind, Snapshot, Timestamp};
use store::{AuditLine, KeptChange};

use super::{Change, MANIFEST, differences};

/// What the manifest declared before and does no more, and is not held.
pub(super) fn leaving<'a>(
    declared: &BTreeMap<ResourceId, Resource>,
    before: &'a Snapshot,
    held: &BTreeSet<ResourceId>,
) -> Vec<&'a ResourceId> {
    let of_manifest = before.iter().filter(|(_, kept)| kept.origin == Origin::Manifest);
    let undeclared = of_manifest.map(|(id, _)| id).filter(|id| !declared.contains_key(*id));
    undeclared.filter(|id| !held.contains(*id)).collect()
}

/// What is declared, but for what AWS calls changed of `left_alone`.
pub(super) fn without_drift<'a>(
    declared: &'a BTreeMap<ResourceId, Resource>,
    before: &Snapshot,
    left_alone: &BTreeSet<ResourceId>,
) -> Cow<'a, BTreeMap<ResourceId, Resource>> {
    if left_alone.is_empty() {
        return Cow::Borrowed(declared);
    }
    let mut declared = declared.clone();
    declared.retain(|id, wanted| {
        let Some(kept) = before.kept(id).filter(|_| left_alone.contains(id)) else {
            // One that an AWS call deleted is not made again either.
            return !left_alone.contains(id);
        };
        wanted.clone_from(&kept.resource);
        true
    });
    Cow::Owned(declared)
}

/// The changes, and what people should know about them. Those of `occupied` that leave the manifest
/// stay, as the operator's, since something would be lost with them.
pub(super) fn changes(
    declared: &BTreeMap<ResourceId, Resource>,
    before: &Snapshot,
    occupied: &BTreeSet<ResourceId>,
    held: &BTreeSet<ResourceId>,
    now: Timestamp,
) -> (Vec<Change>, Vec<String>) {
    let (mut changes, mut notes) = (Vec::new(), Vec::new());
    for id in leaving(declared, before, held) {
        let Some(kept) = before.kept(id) else { continue };
        if !occupied.contains(id) {
            let detail = "the manifest has it no more".to_owned();
            let forget = KeptChange::Forget { id: id.clone(), revision: kept.revision };
            changes.push((forget, line(now, "delete", id, detail)));
            continue;
        }
        let revision = kept.revision + 1;
        let left = Kept { origin: Origin::Operator, revision, updated: now, ..kept.clone() };
        let detail = "the manifest has it no more; kept, since it is not empty".to_owned();
        changes.push((KeptChange::Keep(Box::new(left)), line(now, "leave", id, detail)));
        notes.push(format!("{id}: is no longer declared, and kept since it is not empty"));
    }
    for (id, wanted) in declared {
        let Some(kept) = before.kept(id) else {
            changes.push(created(wanted, id, now));
            continue;
        };
        if kept.resource == *wanted && kept.origin == Origin::Manifest {
            continue;
        }
        let (change, note) = changed(wanted, id, kept, now);
        changes.push(change);
        notes.extend(note);
    }
    (changes, notes)
}

/// What AWS calls changed of how functions run goes, unless it is to be left alone.
pub(super) fn set_back(
    before: &Snapshot,
    left_alone: &BTreeSet<ResourceId>,
    now: Timestamp,
) -> Vec<Change> {
    let configurations = before.iter().filter(|(id, _)| {
        id.kind == ResourceKind::FunctionConfiguration && !left_alone.contains(*id)
    });
    let forgotten = configurations.map(|(id, kept)| {
        let forget = KeptChange::Forget { id: id.clone(), revision: kept.revision };
        (forget, line(now, "delete", id, "the function runs as its manifest says".to_owned()))
    });
    forgotten.collect()
}

fn created(wanted: &Resource, id: &ResourceId, now: Timestamp) -> Change {
    let (resource, origin) = (wanted.clone(), Origin::Manifest);
    let kept = Kept { resource, origin, revision: 1, created: now, updated: now };
    (KeptChange::Keep(Box::new(kept)), line(now, "create", id, String::new()))
}

/// What an app made before it was declared becomes the manifest's, with all that it holds.
fn changed(
    wanted: &Resource,
    id: &ResourceId,
    kept: &Kept,
    now: Timestamp,
) -> (Change, Option<String>) {
    let is_taken_over = kept.origin == Origin::Operator;
    let mut details = Vec::new();
    if is_taken_over {
        details.push("the manifest declares it now".to_owned());
    }
    if kept.resource != *wanted {
        details.push(differences(&kept.resource, wanted));
    }
    let fresh = Kept {
        resource: wanted.clone(),
        origin: Origin::Manifest,
        revision: kept.revision + 1,
        created: kept.created,
        updated: now,
    };
    let note =
        is_taken_over.then(|| format!("{id}: was made through an API, and is the manifest's now"));
    let line = line(now, "change", id, details.join("; "));
    ((KeptChange::Keep(Box::new(fresh)), line), note)
}

fn line(at: Timestamp, action: &str, id: &ResourceId, detail: String) -> AuditLine {
    let action = format!("{action} {}", id.kind);
    AuditLine { at, actor: MANIFEST.to_owned(), action, subject: id.to_string(), detail }
}
