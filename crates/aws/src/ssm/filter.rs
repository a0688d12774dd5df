//! Filters of lists of parameters.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html>

use model::StoredParameter;
use serde::Deserialize;

use super::parameter::{DATA_TYPE, tier};
use crate::error::AwsError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Given {
    key: String,
    option: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

/// The only key there is.
pub(super) const KEY_ID: &str = "alias/aws/ssm";
const TAG: &str = "tag:";

/// A filter whose key and option are known.
pub(super) struct Filter {
    key: String,
    option: Compare,
    values: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Compare {
    Equals,
    BeginsWith,
    Contains,
    Below(Depth),
}

/// How far below a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    OneLevel,
    Recursive,
}

/// `among` are the keys that the action allows.
pub(super) fn read(given: Vec<Given>, among: &[&str]) -> Result<Vec<Filter>, AwsError> {
    given.into_iter().map(|filter| one(filter, among)).collect()
}

fn one(given: Given, among: &[&str]) -> Result<Filter, AwsError> {
    let Given { key, option, values } = given;
    let is_tag = key.starts_with(TAG) && among.contains(&TAG);
    if !is_tag && !among.contains(&key.as_str()) {
        let message = format!("The filter key {key} is not one of {}.", among.join(", "));
        return Err(AwsError::bad("InvalidFilterKey", message));
    }
    let is_path = key == "Path";
    let option = match (option.as_deref(), is_path) {
        (None, true) | (Some("OneLevel"), true) => Compare::Below(Depth::OneLevel),
        (Some("Recursive"), true) => Compare::Below(Depth::Recursive),
        (None | Some("Equals"), false) => Compare::Equals,
        (Some("BeginsWith"), false) => Compare::BeginsWith,
        (Some("Contains"), false) if key == "Name" => Compare::Contains,
        (Some(option), _) => {
            let message = format!("The option {option} is not valid for the filter key {key}.");
            return Err(AwsError::bad("InvalidFilterOption", message));
        }
    };
    if values.is_empty() && !is_tag || values.len() > 50 {
        let message = format!("The filter {key} needs 1 to 50 values.");
        return Err(AwsError::bad("InvalidFilterValue", message));
    }
    Ok(Filter { key, option, values })
}

impl Filter {
    pub(super) fn lets_through(&self, parameter: &StoredParameter) -> bool {
        let Some(actual) = self.actual(parameter) else { return false };
        let is_match = |value: &String| match self.option {
            Compare::Equals => actual == value,
            Compare::BeginsWith => actual.starts_with(value.as_str()),
            Compare::Contains => actual.contains(value.as_str()),
            Compare::Below(depth) => is_below(actual, value, depth),
        };
        // A tag without values only has to be there.
        self.values.is_empty() || self.values.iter().any(is_match)
    }

    fn actual<'a>(&self, parameter: &'a StoredParameter) -> Option<&'a str> {
        match self.key.as_str() {
            "Name" | "Path" => Some(&parameter.name),
            "Type" => Some(parameter.kind.as_str()),
            "Tier" => Some(tier(parameter.latest())),
            "DataType" => Some(DATA_TYPE),
            "KeyId" => (parameter.kind == model::StoredKind::SecureString).then_some(KEY_ID),
            key => parameter.tags.get(key.strip_prefix(TAG)?).map(String::as_str),
        }
    }
}

/// Whether a name is below a path. One without a slash is right below the root.
pub(super) fn is_below(name: &str, path: &str, depth: Depth) -> bool {
    let path = path.trim_end_matches('/');
    let rest = match name.strip_prefix(path).and_then(|rest| rest.strip_prefix('/')) {
        None if path.is_empty() => Some(name),
        rest => rest,
    };
    rest.is_some_and(|rest| depth == Depth::Recursive || !rest.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_holds_what_is_below_it() {
        let check = |name: &str, path: &str, expected: [bool; 2]| {
            let below = [Depth::OneLevel, Depth::Recursive].map(|it| is_below(name, path, it));
            assert_eq!(below, expected, "{name} {path}");
        };
        check("/a/b", "/a", [true, true]);
        check("/a/b", "/a/", [true, true]);
        check("/a/b/c", "/a", [false, true]);
        check("/ab/c", "/a", [false, false]);
        check("/a", "/a", [false, false]);
        check("/a", "/", [true, true]);
        check("/a/b", "/", [false, true]);
        check("a", "/", [true, true]);
        check("a", "/a", [false, false]);
    }
}
