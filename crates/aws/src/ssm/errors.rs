//! Parameter Store's errors.

use std::fmt::Display;

use model::ChangeRefused;

use crate::constraint;
use crate::error::AwsError;
use crate::page::BadToken;

pub(super) fn not_found(name: impl Display) -> AwsError {
    AwsError::bad("ParameterNotFound", format!("Parameter {name} not found."))
}

pub(super) fn no_version(selector: &str) -> AwsError {
    let message = format!("Systems Manager could not find version {selector} of the parameter.");
    AwsError::bad("ParameterVersionNotFound", message)
}

pub(super) fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> AwsError {
    AwsError::bad("ValidationException", message)
}

pub(super) fn too_many(member: &str, most: usize) -> AwsError {
    invalid(format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must \
         have length less than or equal to {most}"
    ))
}

/// A list that has none.
pub(super) fn too_few(member: &str) -> AwsError {
    constraint::broken("[]", member, "have length greater than or equal to 1")
}

/// A secret that was sealed with a key this server does not have any more.
pub(super) fn sealed(name: &str) -> AwsError {
    let message = format!("{name} was sealed with another key than this server's");
    AwsError::bad("InvalidKeyId", message)
}

pub(super) fn token(_: BadToken) -> AwsError {
    AwsError::bad("InvalidNextToken", "The specified token is not valid.")
}

/// A change that is not made.
#[expect(clippy::needless_pass_by_value, reason = "for `edit`")]
pub(super) fn refused(refused: ChangeRefused) -> AwsError {
    match refused {
        ChangeRefused::Outdated(_) => AwsError::bad("TooManyUpdates", refused.to_string()),
        _ => AwsError::service("InternalServerError", refused.to_string()),
    }
}
