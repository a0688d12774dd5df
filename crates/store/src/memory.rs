//! A store that lasts as long as its process: for tests, and for proving what the others promise.

mod deployments;
mod events;
mod invocations;
mod messages;
mod publications;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::{ApiKey, ApiKeyId, Day, Kept as KeptResource, ResourceId, UsagePlanName};

use crate::{
    ApiKeyStore, AuditLine, AuditQuery, AuditStore, KeptChange, KeyChange, Pending, ResourceStore,
    Store, StoreError, UsageQuery, UsageRow, UsageStore,
};

#[derive(Debug, Default)]
pub struct Memory {
    kept: Mutex<Kept>,
    queues: Mutex<messages::Queues>,
}

#[derive(Debug, Clone, Default)]
struct Kept {
    api_keys: BTreeMap<ApiKeyId, ApiKey>,
    audit: Vec<AuditLine>,
    deployments: deployments::Deployments,
    events: events::Events,
    publications: publications::Publications,
    resources: BTreeMap<ResourceId, KeptResource>,
    invocations: invocations::Invocations,
    /// What was admitted and what was granted.
    usage: BTreeMap<(Day, UsagePlanName, ApiKeyId), (u64, u64)>,
}

impl Memory {
    /// What a panic left is as whole as before: changes replace the state at their end.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn done<'a, T: Send + 'a>(result: Result<T, StoreError>) -> Pending<'a, T> {
    Box::pin(std::future::ready(result))
}

impl Kept {
    fn keep(&mut self, key: ApiKey) -> Result<(), StoreError> {
        for other in self.api_keys.values().filter(|other| other.id != key.id) {
            if other.name == key.name {
                return Err(StoreError::Taken { what: "key name", value: key.name.to_string() });
            }
            let is_shared = |value: &model::KeyValue| {
                other.values.iter().any(|theirs| theirs.digest == value.digest)
            };
            if let Some(value) = key.values.iter().find(|value| is_shared(value)) {
                let value = format!("{}...", value.prefix);
                return Err(StoreError::Taken { what: "key value", value });
            }
        }
        self.api_keys.insert(key.id.clone(), key);
        Ok(())
    }
}

impl ApiKeyStore for Memory {
    fn api_keys(&self) -> Pending<'_, Vec<ApiKey>> {
        let mut keys: Vec<_> = self.kept().api_keys.values().cloned().collect();
        keys.sort_by(|a, b| a.name.cmp(&b.name));
        done(Ok(keys))
    }

    fn change_api_keys(&self, changes: Vec<(KeyChange, AuditLine)>) -> Pending<'_, ()> {
        let mut kept = self.kept();
        let mut changed = kept.clone();
        for (change, line) in changes {
            match change {
                KeyChange::Keep(key) => {
                    if let Err(taken) = changed.keep(*key) {
                        return done(Err(taken));
                    }
                }
                KeyChange::Forget(id) => {
                    changed.api_keys.remove(&id);
                }
            }
            changed.audit.push(line);
        }
        *kept = changed;
        done(Ok(()))
    }
}

impl ResourceStore for Memory {
    fn resources(&self) -> Pending<'_, Vec<KeptResource>> {
        done(Ok(self.kept().resources.values().cloned().collect()))
    }

    fn change_resources(&self, changes: Vec<(KeptChange, AuditLine)>) -> Pending<'_, ()> {
        let mut kept = self.kept();
        let mut changed = kept.clone();
        for (change, line) in changes {
            let id = change.id();
            let before = changed.resources.get(&id).map_or(0, |resource| resource.revision);
            match change {
                KeptChange::Keep(resource) if resource.revision != before + 1 => {
                    return done(Err(StoreError::Outdated(id)));
                }
                KeptChange::Keep(resource) => {
                    changed.resources.insert(id, *resource);
                }
                KeptChange::Forget { revision, .. } if revision != before => {
                    return done(Err(StoreError::Outdated(id)));
                }
                KeptChange::Forget { .. } => {
                    changed.resources.remove(&id);
                }
            }
            changed.audit.push(line);
        }
        *kept = changed;
        done(Ok(()))
    }
}

impl AuditStore for Memory {
    fn note(&self, line: AuditLine) -> Pending<'_, ()> {
        self.kept().audit.push(line);
        done(Ok(()))
    }

    fn audit(&self, query: AuditQuery) -> Pending<'_, Vec<AuditLine>> {
        let most = if query.most == 0 { usize::MAX } else { query.most };
        let kept = self.kept();
        let is_asked = |line: &&AuditLine| {
            query.subject.as_ref().is_none_or(|subject| *subject == line.subject)
        };
        done(Ok(kept.audit.iter().rev().filter(is_asked).take(most).cloned().collect()))
    }
}

impl UsageStore for Memory {
    fn note_usage(&self, rows: Vec<UsageRow>) -> Pending<'_, ()> {
        let mut kept = self.kept();
        for UsageRow { day, plan, key, admitted, .. } in rows {
            let (figure, _) = kept.usage.entry((day, plan, key)).or_default();
            *figure = admitted.max(*figure);
        }
        done(Ok(()))
    }

    fn grant_usage(
        &self,
        key: ApiKeyId,
        plan: UsagePlanName,
        day: Day,
        requests: u64,
        line: AuditLine,
    ) -> Pending<'_, ()> {
        let mut kept = self.kept();
        let (_, granted) = kept.usage.entry((day, plan, key)).or_default();
        *granted = granted.saturating_add(requests);
        kept.audit.push(line);
        done(Ok(()))
    }

    fn usage(&self, query: UsageQuery) -> Pending<'_, Vec<UsageRow>> {
        let kept = self.kept();
        let rows = kept.usage.iter().map(|((day, plan, key), (admitted, granted))| UsageRow {
            day: *day,
            plan: plan.clone(),
            key: key.clone(),
            admitted: *admitted,
            granted: *granted,
        });
        done(Ok(rows.filter(|row| query.includes(row)).collect()))
    }
}

impl Store for Memory {
    fn trouble(&self) -> Option<StoreError> {
        None
    }

    /// It is gone with its process, and says so.
    fn back_up(&self, to: PathBuf) -> Pending<'_, u64> {
        let reason = "what is in memory alone cannot be backed up".to_owned();
        done(Err(StoreError::Unusable { place: to.display().to_string(), reason }))
    }
}

#[cfg(test)]
mod tests {
    crate::conformance!(async || Box::new(super::Memory::default()));
}
