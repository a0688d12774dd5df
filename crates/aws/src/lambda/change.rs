//! Changes of resources that more than one action makes.

use model::{FunctionName, FunctionSettings, Resource, ResourceChange, ResourceId};

use super::named;
use super::problem::Problem;
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

/// Changes what is set about a function beside its code.
pub(super) async fn settings(
    call: &Call<'_>,
    function: &FunctionName,
    change: impl Fn(&mut FunctionSettings),
) -> Result<(), AwsError> {
    let changed = edit(&*call.backing.control, |all| {
        let mut settings = named::settings(all, function);
        change(&mut settings);
        let change = if settings.is_empty() {
            ResourceChange::Forget(ResourceId::of::<FunctionSettings>(function))
        } else {
            ResourceChange::Keep(settings.into())
        };
        Ok::<_, Problem>((vec![change], ()))
    });
    Ok(changed.await?)
}
