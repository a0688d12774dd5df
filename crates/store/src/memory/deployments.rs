//! Deployments in memory.

use std::collections::BTreeMap;

use super::{Memory, done};
use crate::deployments::KEPT_REVISIONS;
use crate::{AuditLine, Deployment, DeploymentChange, DeploymentStore, Pending, StoreError};

/// Revisions of each by number.
pub(super) type Deployments = BTreeMap<String, BTreeMap<u64, Deployment>>;

fn latest(all: &Deployments, name: &str) -> u64 {
    let last = all.get(name).and_then(|revisions| revisions.keys().next_back());
    last.copied().unwrap_or_default()
}

fn taken(name: &str, revision: u64) -> Result<(), StoreError> {
    Err(StoreError::Taken { what: "revision", value: format!("{name} {revision}") })
}

impl DeploymentStore for Memory {
    fn deployments(&self) -> Pending<'_, Vec<Deployment>> {
        let kept = self.kept();
        let all = kept.deployments.values().flat_map(|revisions| revisions.values().rev());
        done(Ok(all.cloned().collect()))
    }

    fn change_deployment(&self, change: DeploymentChange, line: AuditLine) -> Pending<'_, ()> {
        let mut kept = self.kept();
        match change {
            DeploymentChange::Deploy(next) => {
                if next.revision != latest(&kept.deployments, &next.name) + 1 {
                    return done(taken(&next.name, next.revision));
                }
                let revisions = kept.deployments.entry(next.name.clone()).or_default();
                revisions.retain(|revision, _| *revision + KEPT_REVISIONS > next.revision);
                revisions.insert(next.revision, *next);
            }
            DeploymentChange::Destroy { name, revision } => {
                if revision == 0 || revision != latest(&kept.deployments, &name) {
                    return done(taken(&name, revision));
                }
                kept.deployments.remove(&name);
            }
        }
        kept.audit.push(line);
        done(Ok(()))
    }
}
