//! Scheduler's errors.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/CommonErrors.html>

use std::borrow::Cow;

use http::StatusCode;
use model::{ChangeRefused, Place};

use crate::error::AwsError;

pub(super) fn invalid(message: impl Into<Cow<'static, str>>) -> AwsError {
    AwsError::bad("ValidationException", message)
}

pub(super) fn no_schedule(name: &str) -> AwsError {
    not_found(format!("Schedule {name} does not exist."))
}

pub(super) fn no_group(name: &str) -> AwsError {
    not_found(format!("Schedule group {name} does not exist."))
}

fn not_found(message: String) -> AwsError {
    AwsError::user(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
}

pub(super) fn conflict(message: String) -> AwsError {
    AwsError::user(StatusCode::CONFLICT, "ConflictException", message)
}

/// A change that is not made.
pub(super) fn refused(refused: ChangeRefused) -> AwsError {
    match refused {
        ChangeRefused::Dangling { to, ours, .. } => invalid(match ours.place_of(&to) {
            Place::OtherRegion => format!(
                "The target ARN provided does not match the current region {}.",
                ours.region
            ),
            Place::Here | Place::OtherAccount => format!("Provided Arn {to} does not exist."),
        }),
        ChangeRefused::Refused(problem) => invalid(problem),
        ChangeRefused::Outdated(_) => conflict(refused.to_string()),
        ChangeRefused::Unavailable(_) => {
            AwsError::service("InternalServerException", refused.to_string())
        }
    }
}
