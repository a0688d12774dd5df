//! Lambda's errors that more than one action answers.

use std::borrow::Cow;
use std::fmt::Display;

use http::StatusCode;
use model::{Account, ChangeRefused};

use crate::error::AwsError;

pub(super) fn not_found(message: impl Into<Cow<'static, str>>) -> AwsError {
    AwsError::user(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
}

/// `function` may carry a qualifier.
pub(super) fn no_function(account: &Account, function: impl Display) -> AwsError {
    not_found(format!("Function not found: {}", arn(account, function)))
}

pub(super) fn invalid(message: impl Into<Cow<'static, str>>) -> AwsError {
    AwsError::bad("InvalidParameterValueException", message)
}

pub(super) fn conflict(message: impl Into<Cow<'static, str>>) -> AwsError {
    AwsError::user(StatusCode::CONFLICT, "ResourceConflictException", message)
}

/// Of a function that somebody else changes at the same time.
pub(super) fn in_progress(account: &Account, function: impl Display) -> AwsError {
    conflict(format!(
        "The operation cannot be performed at this time. An update is in progress for resource: {}",
        arn(account, function)
    ))
}

/// What this server has no counterpart of is refused, never ignored.
pub(super) fn unsupported(member: &str) -> AwsError {
    invalid(format!("{member} is not supported by this server; leave it out"))
}

/// The name of a function, with its qualifier where it has one.
pub(super) fn arn(account: &Account, function: impl Display) -> String {
    account.arn("lambda", format!("function:{function}")).to_string()
}

/// A change that is not made.
#[expect(clippy::needless_pass_by_value, reason = "for `edit`")]
pub(super) fn refused(refused: ChangeRefused) -> AwsError {
    match refused {
        ChangeRefused::Outdated(_) => conflict(refused.to_string()),
        ChangeRefused::Dangling { .. } | ChangeRefused::Refused(_) => invalid(refused.to_string()),
        ChangeRefused::Unavailable(_) => AwsError::service("ServiceException", refused.to_string()),
    }
}
