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

/// What this server has no counterpart of is refused, never ignored.
pub(super) fn unsupported(member: &str) -> AwsError {
    invalid(format!("{member} is not supported by this server; leave it out"))
}

/// The name of a function, with its qualifier where it has one.
pub(super) fn arn(account: &Account, function: impl Display) -> String {
    account.arn("lambda", format!("function:{function}")).to_string()
}

#[expect(clippy::needless_pass_by_value, reason = "for `From`")]
fn refused(refused: ChangeRefused) -> AwsError {
    match refused {
        ChangeRefused::Outdated(_) => conflict(refused.to_string()),
        ChangeRefused::Dangling { .. } | ChangeRefused::Refused(_) => invalid(refused.to_string()),
        ChangeRefused::Unavailable(_) => AwsError::service("ServiceException", refused.to_string()),
    }
}

/// An error of an action, or of making its change.
#[derive(Debug)]
pub(super) struct Problem(AwsError);

impl From<AwsError> for Problem {
    fn from(error: AwsError) -> Self {
        Self(error)
    }
}

impl From<ChangeRefused> for Problem {
    fn from(error: ChangeRefused) -> Self {
        Self(refused(error))
    }
}

impl From<Problem> for AwsError {
    fn from(problem: Problem) -> Self {
        problem.0
    }
}
