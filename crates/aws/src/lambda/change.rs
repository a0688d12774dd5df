//! Changes of resources that more than one action makes.

use std::sync::Arc;
use std::time::Duration;

use functions::Described;
use model::{
    ChangeRefused, FunctionName, FunctionSettings, MadeFunction, ResourceChange, ResourceId,
    Snapshot,
};

use super::named::{self, Named};
use super::problem;
use super::revision;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

/// Most functions start within this time, and whoever changed one then finds it changed.
const TAKEOVER: Duration = Duration::from_secs(1);

/// Whoever else changes it: it is gone. Forgetting what is not there changes nothing.
pub(super) async fn forget(call: &Call<'_>, id: ResourceId) -> Result<(), AwsError> {
    let gone = edit(&*call.backing.control, problem::refused, |_| {
        Ok((vec![ResourceChange::Forget(id.clone())], ()))
    });
    gone.await
}

/// The function that a change is decided on, which takes time. What somebody else made of it meanwhile is not to be
/// undone.
pub(super) struct Expected {
    /// What there was when the decision began.
    pub(super) seen: Arc<Snapshot>,
    named: Named,
    /// The revision id that was sent.
    given: Option<String>,
    described: Described,
}

impl Expected {
    /// Refuses at once what was changed before.
    pub(super) async fn of(
        call: &Call<'_>,
        named: &Named,
        given: Option<String>,
    ) -> Result<Self, AwsError> {
        let seen = call.backing.control.resources();
        let described = call.backing.functions.describe(&named.function, &named.qualifier()).await;
        let described =
            described.ok_or_else(|| problem::no_function(&call.backing.account, named.id()))?;
        let expected = Self { seen, named: named.clone(), given, described };
        expected.check(call, &call.backing.control.resources())?;
        Ok(expected)
    }

    fn check(&self, call: &Call<'_>, all: &Snapshot) -> Result<(), AwsError> {
        named::check(call, all, &self.named)?;
        revision::check(self.given.as_deref(), &revision::of_function(all, &self.described))?;
        let function = &self.named.function;
        match revision::is_unchanged(function, &self.seen, all) {
            true => Ok(()),
            false => Err(problem::in_progress(&call.backing.account, function)),
        }
    }
}

/// Makes what `decide` says of what there is, if the function is still the expected one. What was there before serves
/// until the new one has started; of one that takes longer than is waited for, the answer says that its update is in
/// progress.
pub(super) async fn make_latest(
    call: &Call<'_>,
    expected: &Expected,
    decide: impl Fn(&Snapshot) -> Vec<ResourceChange>,
) -> Result<(), AwsError> {
    let made = edit(&*call.backing.control, problem::refused, |all| {
        expected.check(call, all)?;
        Ok((decide(all), ()))
    });
    made.await?;
    let settled = call.backing.functions.settled(&expected.named.function);
    // What has not started by now does so without anybody who waits for it.
    let _ = tokio::time::timeout(TAKEOVER, settled).await;
    Ok(())
}

/// What there is, once all of it that concerns the function is run, too: a change is kept first and then made real.
pub(super) async fn real(
    call: &Call<'_>,
    function: &FunctionName,
) -> Result<Arc<Snapshot>, AwsError> {
    let seen = call.backing.control.resources();
    if let Some(made) = seen.get::<MadeFunction>(function) {
        // It changes nothing, and has its turn after what is being made real.
        let same = vec![ResourceChange::Keep(made.clone().into())];
        let turn = call.backing.control.change(Arc::clone(&seen), same).await;
        turn.map_err(|refused| match refused {
            ChangeRefused::Outdated(_) => problem::in_progress(&call.backing.account, function),
            other => problem::refused(other),
        })?;
    }
    Ok(seen)
}

/// Changes what is set about a function beside its code.
pub(super) async fn settings(
    call: &Call<'_>,
    named: &Named,
    change: impl Fn(&mut FunctionSettings) -> Result<(), AwsError>,
) -> Result<(), AwsError> {
    let function = &named.function;
    let changed = edit(&*call.backing.control, problem::refused, |all| {
        named::check(call, all, named)?;
        let mut settings = named::settings(all, function);
        change(&mut settings)?;
        let change = if settings.is_empty() {
            ResourceChange::Forget(ResourceId::of::<FunctionSettings>(function))
        } else {
            ResourceChange::Keep(settings.into())
        };
        Ok((vec![change], ()))
    });
    changed.await
}
