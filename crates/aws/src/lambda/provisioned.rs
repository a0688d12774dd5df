//! Provisioned concurrency, as actions answer it.

use http::StatusCode;
use model::{
    Alias, FunctionName, FunctionVersion, Kept, ProvisionedConcurrency, Qualifier,
    ReservedConcurrency, Snapshot, function::qualified,
};
use serde::Serialize;

use super::configuration::written;
use super::named::{self, Named};
use super::problem::{conflict, invalid};
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
        return Err(unpublished());
    }
    Ok(named)
}

fn unpublished() -> AwsError {
    invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
}

/// Whether so many environments may be kept ready under this name. A version has them under its
/// number or under one alias's name; all of a function's are part of its reserved concurrency.
/// <https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html#configuring-provisioned-concurrency>
pub(super) fn check(all: &Snapshot, named: &Named, wanted: u32) -> Result<(), AwsError> {
    let function = &named.function;
    let others = total(all, function, Some(&named.qualifier()));
    let reserved = all.get::<ReservedConcurrency>(function).map(|it| it.invocations);
    if reserved.is_some_and(|reserved| others.saturating_add(wanted) > reserved) {
        return Err(invalid(
            "Requested Provisioned Concurrency should not be greater than the \
             reservedConcurrentExecution for function",
        ));
    }
    match named.qualifier() {
        Qualifier::Alias(name) => match all.get::<Alias>(Alias::id(function, &name)) {
            Some(alias) => check_alias(all, alias),
            None => Ok(()),
        },
        Qualifier::Version(version) => {
            let aliases = all.all::<Alias>().filter(|alias| alias.function == *function);
            let mut pointing = aliases.filter(|alias| alias.version == version);
            if pointing.any(|alias| has(all, function, &Qualifier::Alias(alias.name.clone()))) {
                return Err(conflict("Version is pointed by a Provisioned Concurrency alias"));
            }
            Ok(())
        }
    }
}

/// Whether an alias that keeps environments ready may point where it does.
fn check_alias(all: &Snapshot, alias: &Alias) -> Result<(), AwsError> {
    if alias.other.is_some() {
        return Err(invalid("Alias with weights can not be used with Provisioned Concurrency"));
    }
    if alias.version == FunctionVersion::Latest {
        return Err(unpublished());
    }
    if has(all, &alias.function, &Qualifier::Version(alias.version)) {
        return Err(conflict(
            "Alias can't be used for Provisioned Concurrency configuration on an already \
             Provisioned version",
        ));
    }
    Ok(())
}

/// As [`check`], when an alias is to point elsewhere, or to more than one version.
pub(super) fn check_moved(all: &Snapshot, alias: &Alias) -> Result<(), AwsError> {
    match has(all, &alias.function, &Qualifier::Alias(alias.name.clone())) {
        true => check_alias(all, alias),
        false => Ok(()),
    }
}

fn has(all: &Snapshot, function: &FunctionName, qualifier: &Qualifier) -> bool {
    all.get::<ProvisionedConcurrency>(qualified(function, qualifier)).is_some()
}

/// What a function keeps ready under all of its names except one.
pub(super) fn total(all: &Snapshot, function: &FunctionName, except: Option<&Qualifier>) -> u32 {
    let own = all.all::<ProvisionedConcurrency>().filter(|it| it.function == *function);
    let others = own.filter(|it| except != Some(&it.qualifier));
    others.fold(0, |sum, it| sum.saturating_add(it.environments))
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

#[cfg(test)]
mod tests {
    use model::{Origin, Resource, Timestamp, Weight};

    use super::*;

    const TWO: FunctionVersion = FunctionVersion::Published(2);

    fn named(qualifier: &str) -> Named {
        let function = FunctionName::parse("hello").expect("a name");
        Named { function, given: Qualifier::parse(qualifier) }
    }

    fn provisioned(qualifier: &str) -> Resource {
        let Named { function, given } = named(qualifier);
        let qualifier = given.expect("a qualifier");
        ProvisionedConcurrency { function, qualifier, environments: 3 }.into()
    }

    fn alias(name: &str, version: FunctionVersion) -> Alias {
        Alias {
            function: named("$LATEST").function,
            name: model::AliasName::parse(name).expect("a name"),
            version,
            other: None,
            description: String::new(),
        }
    }

    fn snapshot(resources: impl IntoIterator<Item = Resource>) -> Snapshot {
        let kept = resources.into_iter().map(|resource| Kept {
            resource,
            origin: Origin::Operator,
            revision: 1,
            created: Timestamp(0),
            updated: Timestamp(0),
        });
        kept.collect()
    }

    fn check_of(qualifier: &str, there: impl IntoIterator<Item = Resource>) -> Option<String> {
        let refused = check(&snapshot(there), &named(qualifier), 2).err();
        refused.map(|error| format!("{}: {}", error.code(), error.message()))
    }

    #[test]
    fn a_version_is_kept_ready_under_one_name() {
        let live: Resource = alias("live", TWO).into();
        assert_eq!(check_of("live", [live.clone()]), None);
        assert_eq!(check_of("2", [live.clone()]), None);
        assert_eq!(check_of("3", [live.clone(), provisioned("live")]), None);
        assert_eq!(
            check_of("live", [live.clone(), provisioned("2")]).as_deref(),
            Some(
                "ResourceConflictException: Alias can't be used for Provisioned Concurrency \
                 configuration on an already Provisioned version"
            )
        );
        assert_eq!(
            check_of("2", [live, provisioned("live")]).as_deref(),
            Some(
                "ResourceConflictException: Version is pointed by a Provisioned Concurrency alias"
            )
        );
    }

    #[test]
    fn an_alias_leads_to_one_published_version() {
        let weight = Weight::of(0.5).expect("a weight");
        let canary =
            Alias { other: Some((FunctionVersion::Published(1), weight)), ..alias("a", TWO) };
        assert_eq!(
            check_of("a", [canary.into()]).as_deref(),
            Some(
                "InvalidParameterValueException: Alias with weights can not be used with \
                 Provisioned Concurrency"
            )
        );
        let latest = alias("a", FunctionVersion::Latest);
        let unpublished = "InvalidParameterValueException: Provisioned Concurrency Configs cannot \
                           be applied to unpublished function versions.";
        assert_eq!(check_of("a", [latest.into()]).as_deref(), Some(unpublished));
    }

    #[test]
    fn an_alias_that_is_kept_ready_moves_to_no_version_that_is() {
        let all = snapshot([provisioned("live"), provisioned("2")]);
        assert!(check_moved(&all, &alias("live", TWO)).is_err());
        assert!(check_moved(&all, &alias("live", FunctionVersion::Published(3))).is_ok());
        assert!(check_moved(&all, &alias("other", TWO)).is_ok());
        let [one, three] = [1, 3].map(FunctionVersion::Published);
        let shared = |name| {
            let weight = Weight::of(0.5).expect("a weight");
            Alias { other: Some((one, weight)), ..alias(name, three) }
        };
        assert!(check_moved(&all, &shared("live")).is_err(), "weights on what is kept ready");
        assert!(check_moved(&all, &shared("other")).is_ok());
    }

    #[test]
    fn all_of_a_function_are_part_of_what_is_reserved() {
        let function = named("1").function;
        let reserved = |invocations| -> Resource {
            ReservedConcurrency { function: function.clone(), invocations }.into()
        };
        assert_eq!(check_of("1", [reserved(5), provisioned("2")]), None);
        assert!(check_of("1", [reserved(4), provisioned("2")]).is_some());
        assert_eq!(check_of("2", [reserved(4), provisioned("2")]), None);
    }
}
