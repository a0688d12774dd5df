//! The one place that changes what both a manifest and an AWS call can make: checks references,
//! writes the change with its audit line in one transaction, and then makes it real.

mod decide;
mod functions;
mod held;
mod install;
mod parameters;
mod places;
mod reconcile;
mod references;
mod reserved;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use aws::control::ChangeFuture;
use aws::{Control, Seal};
use model::{
    Account, ChangeRefused, Clock, FunctionConfiguration, FunctionName, Kept, Resource,
    ResourceChange, ResourceId, ResourceKind, Snapshot, Stack,
};
use store::{AuditLine, KeptChange, Store, StoreError};
use tokio::sync::{Mutex, Notify};

use crate::sweep;
use crate::trouble::Trouble;

pub(crate) use functions::InstallFunctions;
pub(crate) use held::Undeclared;
pub(crate) use install::{Install, Installing};

/// Who changes a resource.
const AWS: &str = "aws";
const MANIFEST: &str = "manifest";

/// A step, and the line that tells of it.
type Change = (KeptChange, AuditLine);

pub(crate) struct Resources {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    account: Account,
    /// Most invocations at once, of which functions reserve some.
    account_concurrency: u32,
    /// Of secrets that a manifest declares.
    seal: Arc<dyn Seal>,
    /// Each makes its own kinds real, in the order in which they begin to exist.
    owners: Vec<Box<dyn Install>>,
    /// The state folder, in which code lies.
    state: PathBuf,
    now: ArcSwap<Snapshot>,
    /// The stack's, which resources may refer to.
    functions: ArcSwap<BTreeSet<FunctionName>>,
    /// What no readable stack declares, and one that cannot be read may: it stays as it is.
    held: ArcSwap<BTreeSet<ResourceId>>,
    changing: Mutex<()>,
    /// Told when something of what named code does so no more.
    code_left: Notify,
}

impl Resources {
    /// Nothing is kept yet as far as this knows; [`Resources::begin`] looks.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        account: Account,
        account_concurrency: u32,
        seal: Arc<dyn Seal>,
        owners: Vec<Box<dyn Install>>,
        state: PathBuf,
    ) -> Self {
        let (now, functions, held, changing, code_left) = Default::default();
        Self {
            store,
            clock,
            account,
            account_concurrency,
            seal,
            owners,
            state,
            now,
            functions,
            held,
            changing,
            code_left,
        }
    }

    /// Reads what was kept and makes the stack's part of it what the manifest declares. Gives what
    /// people should know about it.
    pub(crate) async fn begin(
        &self,
        stack: &Stack,
        undeclared: Undeclared,
    ) -> Result<Vec<String>, Trouble> {
        let kept = self.store.resources().await.map_err(|error| refused(error).to_string())?;
        let placed = kept.into_iter().map(|kept| places::placed(kept, &self.state));
        let kept: Snapshot = placed.collect();
        self.now.store(Arc::new(kept));
        let now = self.snapshot();
        if undeclared == Undeclared::Held {
            let held = reconcile::leaving(&stack.resources, &now, &BTreeSet::new());
            self.held.store(Arc::new(held.into_iter().cloned().collect()));
        }
        if !reconcile::leaving(&stack.resources, &now, &self.held.load()).is_empty() {
            // Only what is real can tell whether it holds something.
            self.make(&now, Vec::new()).await.map_err(trouble)?;
        }
        self.apply(stack, &BTreeSet::new()).await
    }

    /// From the next [`apply`](Self::apply) on, what was held goes unless it is declared. Gives whether
    /// anything was.
    pub(crate) fn release(&self) -> bool {
        !self.held.swap(Arc::default()).is_empty()
    }

    /// Completes after functions or versions that AWS calls made were changed or deleted.
    pub(crate) async fn code_leaves(&self) {
        self.code_left.notified().await;
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.now.load_full()
    }

    /// What would be refused, found out without changing anything.
    pub(crate) fn check(&self, stack: &Stack) -> Result<(), Trouble> {
        let declared: Snapshot = stack.resources.values().cloned().collect();
        let functions = stack.functions.keys().cloned().collect();
        let ids = stack.resources.keys();
        let nothing = Snapshot::default();
        references::check(ids, &nothing, &declared, &functions, &self.account).map_err(trouble)?;
        reserved::check(&declared, self.account_concurrency).map_err(trouble)
    }

    /// Makes the manifest's resources those that it declares, as it declares them. Gives what people
    /// should know about it. Nothing changes on an error. What AWS calls changed of `left_alone` stays.
    pub(crate) async fn apply(
        &self,
        stack: &Stack,
        left_alone: &BTreeSet<ResourceId>,
    ) -> Result<Vec<String>, Trouble> {
        let _turn = self.changing.lock().await;
        self.check(stack)?;
        let before = self.snapshot();
        let mut occupied = BTreeSet::new();
        let held = self.held.load_full();
        for id in reconcile::leaving(&stack.resources, &before, &held) {
            if self.holds_something(id).await.map_err(Trouble::from)? {
                occupied.insert(id.clone());
            }
        }
        let now = self.clock.timestamp();
        let declared = parameters::to_keep(&stack.resources, &before, &*self.seal, now);
        let declared = reconcile::without_drift(&declared, &before, left_alone);
        let (mut changes, notes) = reconcile::changes(&declared, &before, &occupied, &held, now);
        changes.extend(reconcile::set_back(&before, left_alone, now));
        let after = decide::after(&before, &changes);
        reserved::check(&after, self.account_concurrency).map_err(trouble)?;
        self.functions.store(Arc::new(stack.functions.keys().cloned().collect()));
        self.make(&before, changes).await.map_err(trouble)?;
        Ok(notes)
    }

    async fn holds_something(&self, id: &ResourceId) -> Result<bool, String> {
        for owner in &self.owners {
            if owner.holds_something(id).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Durable first: who was told that a queue exists finds it after a restart, too. With nothing to
    /// change, what is kept is made real.
    async fn make(&self, before: &Snapshot, changes: Vec<Change>) -> Result<(), ChangeRefused> {
        let after = decide::after(before, &changes);
        if !changes.is_empty() {
            let changes = places::portable(changes, &self.state);
            self.store.change_resources(changes).await.map_err(refused)?;
        }
        self.now.store(Arc::new(after));
        let (now, held) = (self.snapshot(), self.held.load_full());
        let real = held::awake(&now, &held);
        let mut failed = Vec::new();
        // What one cannot make real is in no other's way.
        for owner in &self.owners {
            failed.extend(owner.install(&real).await.err());
        }
        if !sweep::named(before).is_subset(&sweep::named(&now)) {
            self.code_left.notify_one();
        }
        if failed.is_empty() { Ok(()) } else { Err(ChangeRefused::Unavailable(failed.join("; "))) }
    }

    async fn change_by(
        &self,
        actor: &str,
        seen: &Snapshot,
        wanted: Vec<ResourceChange>,
    ) -> Result<(), ChangeRefused> {
        let _turn = self.changing.lock().await;
        let before = self.snapshot();
        let changes = decide::changes(actor, wanted, seen, &before, self.clock.timestamp())?;
        if changes.is_empty() {
            return Ok(());
        }
        let after = decide::after(&before, &changes);
        let kept = changes.iter().map(|(change, _)| change.id());
        let kept: Vec<_> = kept.filter(|id| after.kept(id).is_some()).collect();
        references::check(&kept, &before, &after, &self.functions.load(), &self.account)?;
        if kept.iter().any(|id| id.kind == ResourceKind::ReservedConcurrency) {
            reserved::check(&after, self.account_concurrency)?;
        }
        self.make(&before, changes).await
    }

    /// The stack as it would be declared for what there is now: what differs was changed through an
    /// API.
    pub(crate) fn as_running(&self, stack: &Stack, wanted: &Stack) -> Stack {
        let now = self.snapshot();
        let declared =
            |id: &ResourceId| stack.resources.contains_key(id) || wanted.resources.contains_key(id);
        let configures = |kept: &Kept| {
            let of = kept.resource.get::<FunctionConfiguration>();
            of.is_some_and(|it| stack.functions.contains_key(&it.function))
        };
        let running = now.iter().filter(|(id, kept)| declared(id) || configures(kept));
        let resources = running
            .map(|(id, kept)| (id.clone(), parameters::shown(&kept.resource, &*self.seal)))
            .collect();
        Stack { resources, ..stack.clone() }
    }
}

impl Control for Resources {
    fn resources(&self) -> Arc<Snapshot> {
        self.snapshot()
    }

    fn change(&self, seen: Arc<Snapshot>, changes: Vec<ResourceChange>) -> ChangeFuture<'_> {
        Box::pin(async move { self.change_by(AWS, &seen, changes).await })
    }
}

fn refused(error: StoreError) -> ChangeRefused {
    match error {
        StoreError::Outdated(id) => ChangeRefused::Outdated(id),
        other => ChangeRefused::Unavailable(other.to_string()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn trouble(refused: ChangeRefused) -> Trouble {
    Trouble::from(refused.to_string())
}

/// What differs, for an audit line: `visibility: 30s -> 1m`.
fn differences(old: &Resource, new: &Resource) -> String {
    let properties = stack::change_set::differences(old, new);
    let each: Vec<String> = properties.iter().map(ToString::to_string).collect();
    each.join("; ")
}

#[cfg(test)]
mod tests;
