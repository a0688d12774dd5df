//! Changes of resources that more than one action makes.

use std::time::Duration;

use functions::Described;
use model::{FunctionName, FunctionSettings, Resource, ResourceChange, ResourceId, Snapshot};

use super::named::{self, Named};
use super::problem;
use super::revision;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

/// Most functions start within this time, and whoever changed one then finds it changed.
const TAKEOVER: Duration = Duration::from_secs(1);

pub(super) async fn keep(call: &Call<'_>, resource: impl Into<Resource>) -> Result<(), AwsError> {
    make(call, vec![ResourceChange::Keep(resource.into())]).await
}

/// Forgetting what is not there changes nothing.
pub(super) async fn forget(call: &Call<'_>, ids: Vec<ResourceId>) -> Result<(), AwsError> {
    make(call, ids.into_iter().map(ResourceChange::Forget).collect()).await
}

pub(super) async fn make(call: &Call<'_>, changes: Vec<ResourceChange>) -> Result<(), AwsError> {
    let made = edit(&*call.backing.control, problem::refused, |_| Ok((changes.clone(), ())));
    made.await
}

/// The function as whoever sent a revision id knows it.
pub(super) struct Expected {
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
        let described = call.backing.functions.describe(&named.function, &named.qualifier()).await;
        let described =
            described.ok_or_else(|| problem::no_function(&call.backing.account, named.id()))?;
        let expected = Self { given, described };
        expected.check(&call.backing.control.resources())?;
        Ok(expected)
    }

    pub(super) fn check(&self, all: &Snapshot) -> Result<(), AwsError> {
        revision::check(self.given.as_deref(), &revision::of_function(all, &self.described))
    }
}

/// Makes the changes if the function is still the expected one.
pub(super) async fn make_expected(
    call: &Call<'_>,
    changes: Vec<ResourceChange>,
    expected: &Expected,
) -> Result<(), AwsError> {
    let made = edit(&*call.backing.control, problem::refused, |all| {
        expected.check(all)?;
        Ok((changes.clone(), ()))
    });
    made.await
}

/// As [`make_expected`], of what `$LATEST` is. What was there before serves until the new one has started; of one that
/// takes longer than is waited for, the answer says that its update is in progress.
pub(super) async fn make_latest(
    call: &Call<'_>,
    changes: Vec<ResourceChange>,
    expected: &Expected,
) -> Result<(), AwsError> {
    make_expected(call, changes, expected).await?;
    let settled = call.backing.functions.settled(&expected.described.function.name);
    // What has not started by now does so without anybody who waits for it.
    let _ = tokio::time::timeout(TAKEOVER, settled).await;
    Ok(())
}

/// Changes what is set about a function beside its code.
pub(super) async fn settings(
    call: &Call<'_>,
    function: &FunctionName,
    change: impl Fn(&mut FunctionSettings) -> Result<(), AwsError>,
) -> Result<(), AwsError> {
    let changed = edit(&*call.backing.control, problem::refused, |all| {
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
