//! Changes of resources that more than one action makes.

use functions::Described;
use model::{FunctionName, FunctionSettings, Resource, ResourceChange, ResourceId, Snapshot};

use super::named::{self, Named};
use super::problem::{self, Problem};
use super::revision;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) async fn keep(call: &Call<'_>, resource: impl Into<Resource>) -> Result<(), AwsError> {
    make(call, vec![ResourceChange::Keep(resource.into())]).await
}

/// Forgetting what is not there changes nothing.
pub(super) async fn forget(call: &Call<'_>, ids: Vec<ResourceId>) -> Result<(), AwsError> {
    make(call, ids.into_iter().map(ResourceChange::Forget).collect()).await
}

pub(super) async fn make(call: &Call<'_>, changes: Vec<ResourceChange>) -> Result<(), AwsError> {
    let made = edit(&*call.backing.control, |_| Ok::<_, Problem>((changes.clone(), ())));
    Ok(made.await?)
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
    let made = edit(&*call.backing.control, |all| {
        expected.check(all)?;
        Ok::<_, Problem>((changes.clone(), ()))
    });
    Ok(made.await?)
}

/// Changes what is set about a function beside its code.
pub(super) async fn settings(
    call: &Call<'_>,
    function: &FunctionName,
    change: impl Fn(&mut FunctionSettings) -> Result<(), AwsError>,
) -> Result<(), AwsError> {
    let changed = edit(&*call.backing.control, |all| {
        let mut settings = named::settings(all, function);
        change(&mut settings)?;
        let change = if settings.is_empty() {
            ResourceChange::Forget(ResourceId::of::<FunctionSettings>(function))
        } else {
            ResourceChange::Keep(settings.into())
        };
        Ok::<_, Problem>((vec![change], ()))
    });
    Ok(changed.await?)
}
