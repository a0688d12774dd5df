//! Names of parameters, and the ways in which clients write them.
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html>

use model::{Account, Arn, ParameterVersion, Place, Snapshot, StoredParameter};

use super::errors;
use crate::error::AwsError;

const MOST_CHARACTERS: usize = 1011;
const MOST_LEVELS: usize = 15;

/// Whether a parameter may be made under this name.
pub(super) fn check(name: &str) -> Result<(), AwsError> {
    let is_part = |part: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        !part.is_empty() && part.bytes().all(is_allowed)
    };
    let path = name.strip_prefix('/').unwrap_or(name);
    let first = path.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let is_reserved = first.starts_with("aws") || first.starts_with("ssm");
    if is_reserved || !path.split('/').all(is_part) {
        return Err(errors::invalid(
            "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). If formed \
             as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be \
             formed as a mix of letters, numbers and the following 3 symbols .-_",
        ));
    }
    if path.contains('/') && !name.starts_with('/') {
        return Err(errors::invalid("Parameter name must be a fully qualified name."));
    }
    if name.len() > MOST_CHARACTERS {
        return Err(errors::too_many("name", MOST_CHARACTERS));
    }
    if path.split('/').count() > MOST_LEVELS {
        let message = format!("A parameter has at most {MOST_LEVELS} levels in its name.");
        return Err(AwsError::bad("HierarchyLevelLimitExceededException", message));
    }
    Ok(())
}

/// A version of a parameter, and the selector by which it was named.
pub(super) struct Found<'a> {
    pub(super) parameter: &'a StoredParameter,
    pub(super) version: &'a ParameterVersion,
    pub(super) selector: Option<String>,
}

/// Looks for `name`, `name:version` or an ARN with or without a version.
pub(super) fn find<'a>(
    given: &str,
    among: &'a Snapshot,
    account: &Account,
) -> Result<Found<'a>, AwsError> {
    let (whole, selector) = match Arn::parse(given) {
        Some(arn) if arn.service() == "ssm" => {
            if account.place_of(&arn) != Place::Here {
                return Err(errors::not_found(given));
            }
            let resource = arn.resource();
            let Some(path) = resource.strip_prefix("parameter") else {
                return Err(errors::not_found(given));
            };
            split(path)
        }
        _ => split(given),
    };
    // An ARN does not tell `/a` from `a`.
    let bare = whole.strip_prefix('/').filter(|_| given.starts_with("arn:"));
    let parameter = among.get::<StoredParameter>(&whole);
    let parameter = parameter.or_else(|| among.get(bare?));
    let parameter = parameter.ok_or_else(|| errors::not_found(&whole))?;
    let version = match &selector {
        None => parameter.latest(),
        Some(number) => {
            let found = number.parse().ok().and_then(|number| parameter.version(number));
            found.ok_or_else(|| errors::no_version(number))?
        }
    };
    let selector = selector.map(|selector| format!(":{selector}"));
    Ok(Found { parameter, version, selector })
}

fn split(given: &str) -> (String, Option<String>) {
    match given.split_once(':') {
        Some((name, selector)) => (name.to_owned(), Some(selector.to_owned())),
        None => (given.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: Result<(), &str>) {
        let checked = super::check(name);
        assert_eq!(checked.as_ref().copied().map_err(AwsError::code), expected, "{name}");
    }

    #[test]
    fn names_are_words_or_paths() {
        check("redis_url", Ok(()));
        check("/gapfind/dev/redis_url", Ok(()));
        check("/a.b-c/_", Ok(()));
        for name in ["", "/", "a/b", "/a/", "//a", "/a b", "/a:1", "/aws/x", "AWSkey", "/SSM", "/ä"]
        {
            check(name, Err("ValidationException"));
        }
        check(&"/a".repeat(15), Ok(()));
        check(&"/a".repeat(16), Err("HierarchyLevelLimitExceededException"));
        check(&"x".repeat(1012), Err("ValidationException"));
    }
}
