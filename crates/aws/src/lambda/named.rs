//! Finds the function, version or alias that a request names.

use model::{Account, FunctionName, FunctionSettings, Kept, MadeFunction, OfKind, Qualifier};
use model::{Snapshot, function::qualified};

use super::function_name;
use super::problem::{arn, conflict, invalid, no_function};
use crate::call::Call;
use crate::constraint;
use crate::error::AwsError;

/// A function that exists, and which version of it was asked for.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) function: FunctionName,
    /// `None` is no qualifier, which mostly means `$LATEST`.
    pub(super) given: Option<Qualifier>,
}

impl Named {
    pub(super) fn qualifier(&self) -> Qualifier {
        self.given.clone().unwrap_or_default()
    }

    /// The function's ARN, with a qualifier only where one was given.
    pub(super) fn arn(&self, call: &Call<'_>) -> String {
        match &self.given {
            Some(qualifier) => arn(&call.backing.account, qualified(&self.function, qualifier)),
            None => arn(&call.backing.account, &self.function),
        }
    }

    /// With a qualifier in any case.
    pub(super) fn qualified_arn(&self, call: &Call<'_>) -> String {
        arn(&call.backing.account, self.id())
    }

    /// The name that settings of this version or alias are kept under.
    pub(super) fn id(&self) -> String {
        qualified(&self.function, &self.qualifier())
    }
}

/// What a name and the query's `Qualifier` say, whether it exists or not.
fn read(name: &str, in_query: Option<&str>, ours: &Account) -> Result<Named, AwsError> {
    let named = function_name::read(name, ours)?;
    if let (Some(in_query), Some(in_name)) = (in_query, &named.qualifier)
        && in_query != in_name
    {
        return Err(invalid(
            "The derived qualifier from the function name does not match the specified qualifier.",
        ));
    }
    let given = match in_query.or(named.qualifier.as_deref()) {
        None => None,
        Some(text) => Some(Qualifier::parse(text).ok_or_else(|| {
            constraint::no_match(text, "qualifier", r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+")
        })?),
    };
    Ok(Named { function: named.function, given })
}

/// As [`read`]; the function and its version or alias exist.
pub(super) fn find(call: &Call<'_>, name: &str, in_query: Option<&str>) -> Result<Named, AwsError> {
    let named = read(name, in_query, &call.backing.account)?;
    check(call, &call.backing.control.resources(), &named)?;
    Ok(named)
}

pub(super) fn check(call: &Call<'_>, all: &Snapshot, named: &Named) -> Result<(), AwsError> {
    let Named { function, given } = named;
    let account = &call.backing.account;
    if !call.backing.catalogue.has_function(function) && all.get::<MadeFunction>(function).is_none()
    {
        return Err(no_function(account, function));
    }
    let exists = given.as_ref().is_none_or(|given| given.is_of(function, all));
    if exists { Ok(()) } else { Err(no_function(account, named.id())) }
}

/// Whether the stack's manifest declares the function.
pub(super) fn is_stacks(call: &Call<'_>, all: &Snapshot, function: &FunctionName) -> bool {
    all.get::<MadeFunction>(function).is_none() && call.backing.catalogue.has_function(function)
}

/// The function, if an AWS call made it: the manifest's own are changed in the manifest.
pub(super) fn made<'a>(
    call: &Call<'_>,
    all: &'a Snapshot,
    function: &FunctionName,
) -> Result<&'a MadeFunction, AwsError> {
    match all.get::<MadeFunction>(function) {
        Some(made) => Ok(made),
        None if call.backing.catalogue.has_function(function) => Err(conflict(format!(
            "function `{function}` is declared in the stack's manifest; change it there"
        ))),
        None => Err(no_function(&call.backing.account, function)),
    }
}

/// What is kept under the names of a function's versions and aliases.
pub(super) fn own<'a, T: OfKind + 'a>(
    all: &'a Snapshot,
    function: &FunctionName,
) -> Vec<(&'a T, &'a Kept)> {
    let prefix = format!("{function}:");
    let own = all.iter().filter(|(id, _)| id.kind == T::KIND && id.name.starts_with(&prefix));
    own.filter_map(|(_, kept)| Some((kept.resource.get::<T>()?, kept))).collect()
}

/// What is set about a function, or that nothing is.
pub(super) fn settings(all: &Snapshot, function: &FunctionName) -> FunctionSettings {
    let settings = all.get::<FunctionSettings>(function).cloned();
    settings.unwrap_or_else(|| FunctionSettings::new(function.clone()))
}
