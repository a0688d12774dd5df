//! Makes the next revision of a stack the one that is served.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use functions::Warming;
use model::{ResourceId, Stack};
use serde_json::{Value, json};
use stack::change_set::{ChangeSet, Shown};
use store::{AuditLine, Deployment, DeploymentChange};

use super::{Deployed, Deployments, Given, Progress, Said, changeable, unusable};
use crate::apply::Order;
use crate::bundle::is_digest;
use crate::platform::Platform;
use crate::trouble::Trouble;

/// The next revision of a stack, as somebody asks for it.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    /// Its files are there.
    pub(crate) bundle: String,
    pub(crate) source: String,
    pub(crate) given: Given,
    /// Who asks, as they say.
    pub(crate) by: String,
    pub(crate) reason: String,
}

impl Platform {
    /// The stack serves as before until all that is new has started; then everything changes at once, and
    /// is kept. What goes wrong before that changes nothing.
    pub(crate) async fn deploy(
        &self,
        all: &Arc<Deployments>,
        wanted: Wanted,
        told: &Arc<Progress>,
    ) -> Result<Value, Trouble> {
        let what = format!("`{}`, deployed by {}", wanted.name, wanted.by);
        let waiting = |behind: &str| told.say(&Said::Waiting { behind: behind.to_owned() });
        let _turn = all.turns.take(what, waiting).await;
        let next = Arc::new(all.next(wanted, self.clock.timestamp()).await?);
        next.warnings.iter().for_each(|note| told.say(&Said::Note { note: note.clone() }));
        let composed = Arc::new(all.compose(&all.with(&next))?);
        let changes = self.changes_of(&next, &composed);
        let text = if changes.is_empty() { String::new() } else { changes.to_string() };
        told.say(&Said::Changes { changes: changes.clone(), text });
        if changes.is_empty() && all.is_latest(&next)? {
            let latest = all.find(&next.kept.name).unwrap_or(next);
            return Ok(json!({ "changed": false, "deployment": self.described(&latest) }));
        }
        self.make_live(all, &next, composed, told).await?;
        Ok(json!({ "changed": true, "deployment": self.described(&next) }))
    }

    async fn make_live(
        &self,
        all: &Arc<Deployments>,
        next: &Arc<Deployed>,
        composed: Arc<Stack>,
        told: &Arc<Progress>,
    ) -> Result<(), Trouble> {
        let _applying = self.applying.lock().await;
        let before = self.stack.load_full();
        let left_alone = others(&composed, &next.stack);
        let order = |wanted, left_alone| Order {
            wanted,
            warming: Warming::All,
            left_alone,
            reporter: Arc::clone(told) as _,
        };
        self.apply(&order(composed, left_alone.clone())).await?;
        if let Err(trouble) = all.keep(next, self.made_of(&next.stack)).await {
            // Nobody would find it after a restart, so that nobody is to find it before.
            self.apply(&order(before, left_alone)).await?;
            return Err(trouble);
        }
        all.now.store(Arc::new(all.with(next)));
        self.release(all).await
    }

    /// What would be different about one stack, drift included.
    pub(crate) fn changes_of(&self, next: &Deployed, composed: &Stack) -> ChangeSet {
        let mut changes = self.changes_to(composed);
        let others = others(composed, &next.stack);
        let is_others = |resource: &stack::change_set::Resource| match resource.kind {
            stack::change_set::Kind::Made(kind) => {
                others.contains(&ResourceId::new(kind, &resource.name))
            }
            _ => false,
        };
        changes.added.retain(|resource| !is_others(resource));
        changes.changed.retain(|change| !is_others(&change.resource));
        changes.drifted.retain(|resource| !is_others(resource));
        shorten(&mut changes);
        changes
    }

    /// A stack of this server, for whoever asks.
    pub(crate) fn described(&self, deployed: &Deployed) -> Value {
        let Deployment { name, revision, bundle, source, at, by, reason, .. } = &deployed.kept;
        let (stack, environment) = match name.split_once('@') {
            Some((stack, environment)) => (stack, Some(environment)),
            None => (&**name, None),
        };
        let resources = stack::change_set::resources(&deployed.stack).len();
        let account = &self.options.inputs.account;
        json!({
            "name": name,
            "stack": stack,
            "environment": environment,
            "revision": revision,
            "bundle": bundle,
            "source": source,
            "at": at.to_string(),
            "by": by,
            "reason": reason,
            // The way in is there without a stack.
            "resources": resources.saturating_sub(1),
            "outputs": super::outputs(&deployed.stack, &self.addresses, account, &self.caches),
            "exports": deployed.exports(),
            "trouble": deployed.trouble.as_ref().map(|trouble| &trouble.message),
        })
    }
}

/// Where code lies says nothing but its digest, of which the beginning tells it from others.
fn shorten(changes: &mut ChangeSet) {
    const ENOUGH: usize = 12;
    let properties = changes.changed.iter_mut().flat_map(|change| &mut change.properties);
    for shown in properties.flat_map(|property| [&mut property.old, &mut property.new]) {
        let Some(Shown::Value(Value::String(text))) = shown else { continue };
        let digest = Path::new(&*text).components().rev().take(2).find_map(|part| {
            let part = part.as_os_str().to_str()?;
            is_digest(part).then(|| part[..ENOUGH].to_owned())
        });
        if let Some(digest) = digest {
            *text = digest;
        }
    }
}

/// What AWS calls can change of all stacks but one.
pub(super) fn others(composed: &Stack, own: &Stack) -> BTreeSet<ResourceId> {
    &changeable(composed) - &changeable(own)
}

impl Deployments {
    /// Reads what is wanted as the revision after the latest.
    pub(super) async fn next(
        self: &Arc<Self>,
        wanted: Wanted,
        at: model::Timestamp,
    ) -> Result<Deployed, Trouble> {
        let Wanted { name, bundle, source, given, by, reason } = wanted;
        let revision = self.find(&name).map_or(0, |latest| latest.kept.revision) + 1;
        let mut given = Given { imports: self.exports_beside(&name), ..given };
        let inputs = String::new();
        let kept = Deployment { name, revision, bundle, source, inputs, at, by, reason };
        let all = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            let next = all.read(kept, &given)?;
            given.imports.clone_from(&next.imported);
            Ok::<_, Trouble>((next, given))
        });
        let panicked = |panic| Trouble::from(format!("reading the source failed: {panic}"));
        let (mut next, given) = read.await.map_err(panicked)??;
        next.kept.inputs = self.sealed(&next.kept.name, &given);
        self.check_exports(&next.kept.name, &next.exports())?;
        Ok(next)
    }

    /// Whether the same source was deployed last with the same values.
    fn is_latest(&self, next: &Deployed) -> Result<bool, Trouble> {
        let latest = self.find(&next.kept.name).filter(|latest| latest.trouble.is_none());
        let Some(latest) = latest else { return Ok(false) };
        let (old, new) = (&latest.kept, &next.kept);
        let is_same_source = old.bundle == new.bundle && old.source == new.source;
        Ok(is_same_source && self.given(old)? == self.given(new)?)
    }

    /// From here on a restart finds the new revision, and `made` stays for as long as it can be gone back to.
    async fn keep(
        self: &Arc<Self>,
        next: &Deployed,
        made: BTreeSet<PathBuf>,
    ) -> Result<(), Trouble> {
        let (folders, bundle) = (self.folders.clone(), next.kept.bundle.clone());
        let synced = tokio::task::spawn_blocking(move || {
            folders.note_made(&bundle, &made)?;
            folders.sync()
        });
        let synced = synced.await;
        let synced = synced.map_err(|panic| Trouble::from(panic.to_string()))?;
        synced.map_err(|error| unusable(&error))?;
        let Deployment { name, revision, at, by, reason, .. } = &next.kept;
        let line = AuditLine {
            at: *at,
            actor: "admin".to_owned(),
            action: "deploy stack".to_owned(),
            subject: format!("stack {name}"),
            detail: format!("revision {revision} by {by}: {reason}"),
        };
        let change = DeploymentChange::Deploy(Box::new(next.kept.clone()));
        let kept = self.store.change_deployment(change, line).await;
        kept.map_err(|error| Trouble::from(error.to_string()))
    }
}
