//! Provisioned concurrency, as actions answer it.

use http::StatusCode;
use model::{FunctionVersion, Kept, ProvisionedConcurrency, Qualifier};
use serde::Serialize;

use super::configuration::written;
use super::named::{self, Named};
use super::problem::invalid;
use crate::call::Call;
use crate::error::AwsError;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Provisioned {
    requested_provisioned_concurrent_executions: u32,
    available_provisioned_concurrent_executions: u32,
    allocated_provisioned_concurrent_executions: u32,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_reason: Option<String>,
    last_modified: String,
}

/// A version or an alias: what changes is not kept ready.
pub(super) fn find(call: &Call<'_>, name: &str, qualifier: &str) -> Result<Named, AwsError> {
    let named = named::find(call, name, Some(qualifier))?;
    if named.qualifier() == Qualifier::Version(FunctionVersion::Latest) {
        return Err(invalid(
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
        ));
    }
    Ok(named)
}

pub(super) fn missing() -> AwsError {
    AwsError::user(
        StatusCode::NOT_FOUND,
        "ProvisionedConcurrencyConfigNotFoundException",
        "No Provisioned Concurrency Config found for this function",
    )
}

pub(super) fn of(call: &Call<'_>, wanted: &ProvisionedConcurrency, kept: &Kept) -> Provisioned {
    let ready = call.backing.functions.ready(&wanted.function, &wanted.qualifier);
    let (environments, failure) = ready.map_or((0, None), |it| (it.environments, it.failure));
    let ready = u32::try_from(environments).unwrap_or(u32::MAX).min(wanted.environments);
    let status = match &failure {
        _ if ready == wanted.environments => "READY",
        Some(_) => "FAILED",
        None => "IN_PROGRESS",
    };
    Provisioned {
        requested_provisioned_concurrent_executions: wanted.environments,
        available_provisioned_concurrent_executions: ready,
        allocated_provisioned_concurrent_executions: ready,
        status,
        status_reason: failure.filter(|_| status == "FAILED"),
        last_modified: written(kept.updated),
    }
}
