//! An alias, as actions take and answer it.

use std::collections::BTreeMap;

use model::{Alias, AliasName, FunctionVersion, PublishedVersion, Snapshot, Weight};
use serde::{Deserialize, Serialize};

use super::named::Named;
use super::problem::{self, invalid, no_function, not_found};
use super::revision;
use crate::call::Call;
use crate::constraint;
use crate::error::AwsError;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AliasConfiguration {
    alias_arn: String,
    name: String,
    function_version: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    routing_config: Option<RoutingConfig>,
    revision_id: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RoutingConfig {
    #[serde(default)]
    additional_version_weights: BTreeMap<String, f64>,
}

pub(super) fn of(call: &Call<'_>, alias: &Alias) -> AliasConfiguration {
    let all = call.backing.control.resources();
    AliasConfiguration {
        alias_arn: arn(call, alias),
        name: alias.name.to_string(),
        function_version: alias.version.to_string(),
        description: alias.description.clone(),
        routing_config: alias.other.map(|(version, weight)| RoutingConfig {
            additional_version_weights: [(version.to_string(), weight.share())].into(),
        }),
        revision_id: revision_id(&all, alias),
    }
}

pub(super) fn revision_id(all: &Snapshot, alias: &Alias) -> String {
    let kept = all.find::<Alias>(Alias::id(&alias.function, &alias.name));
    kept.map(|(_, kept)| revision::of_kept(kept)).unwrap_or_default()
}

pub(super) fn arn(call: &Call<'_>, alias: &Alias) -> String {
    problem::arn(&call.backing.account, Alias::id(&alias.function, &alias.name))
}

pub(super) fn name(text: &str) -> Result<AliasName, AwsError> {
    AliasName::parse(text)
        .ok_or_else(|| constraint::no_match(text, "name", "(?!^[0-9]+$)([a-zA-Z0-9-_]+)"))
}

pub(super) fn find(
    call: &Call<'_>,
    all: &Snapshot,
    named: &Named,
    text: &str,
) -> Result<Alias, AwsError> {
    let id = Alias::id(&named.function, &name(text)?);
    let missing = || {
        let arn = problem::arn(&call.backing.account, &id);
        not_found(format!("Cannot find alias arn: {arn}"))
    };
    all.get::<Alias>(&id).cloned().ok_or_else(missing)
}

/// A version that exists.
pub(super) fn version(
    call: &Call<'_>,
    all: &Snapshot,
    named: &Named,
    text: &str,
) -> Result<FunctionVersion, AwsError> {
    let missing = || no_function(&call.backing.account, format!("{}:{text}", named.function));
    match FunctionVersion::parse(text) {
        None => {
            let pattern = r"(\$LATEST(\.PUBLISHED)?|[0-9]+)";
            Err(constraint::no_match(text, "functionVersion", pattern))
        }
        Some(FunctionVersion::Latest) => Ok(FunctionVersion::Latest),
        Some(version @ FunctionVersion::Published(number)) => {
            let id = PublishedVersion::id(&named.function, number);
            all.get::<PublishedVersion>(id).map(|_| version).ok_or_else(missing)
        }
    }
}

/// The version that is to share the alias's invocations.
pub(super) fn other(
    call: &Call<'_>,
    all: &Snapshot,
    named: &Named,
    routing: &RoutingConfig,
) -> Result<Option<(FunctionVersion, Weight)>, AwsError> {
    let mut weights = routing.additional_version_weights.iter();
    let Some((text, share)) = weights.next() else { return Ok(None) };
    if weights.next().is_some() {
        return Err(invalid(
            "Number of items in AdditionalVersionWeights cannot be greater than 1",
        ));
    }
    let other = version(call, all, named, text)?;
    let weight = Weight::of(*share).ok_or_else(|| {
        invalid(format!("the weight {share} of version {other} is not between 0 and 1"))
    })?;
    Ok(Some((other, weight)))
}

/// Whether its two versions may share its invocations, whichever of them is new.
pub(super) fn check(alias: &Alias) -> Result<(), AwsError> {
    let Some((other, _)) = alias.other else { return Ok(()) };
    if alias.version == FunctionVersion::Latest || other == FunctionVersion::Latest {
        return Err(invalid(
            "$LATEST is not supported for an alias pointing to more than 1 version",
        ));
    }
    if alias.version == other {
        return Err(invalid(format!(
            "Invalid function version {other}. Function version {other} is already included in \
             routing configuration."
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use model::FunctionName;

    use super::*;

    #[test]
    fn two_published_versions_share_an_alias() {
        let [one, two] = [1, 2].map(FunctionVersion::Published);
        let of = |version, other: Option<FunctionVersion>| {
            let alias = Alias {
                function: FunctionName::parse("f").expect("a name"),
                name: AliasName::parse("live").expect("a name"),
                version,
                other: other.map(|other| (other, Weight::of(0.1).expect("a weight"))),
                description: String::new(),
            };
            check(&alias).map_err(|error| error.code())
        };
        let refused = Err("InvalidParameterValueException");
        assert_eq!(of(FunctionVersion::Latest, None), Ok(()));
        assert_eq!(of(one, Some(two)), Ok(()));
        assert_eq!(of(two, Some(two)), refused);
        assert_eq!(of(FunctionVersion::Latest, Some(two)), refused);
        assert_eq!(of(one, Some(FunctionVersion::Latest)), refused);
    }
}
