//! EventBridge's errors.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html>

use std::borrow::Cow;
use std::fmt::Display;

use http::StatusCode;
use model::pattern::PatternProblem;
use model::{ChangeRefused, Place};
use store::StoreError;

use crate::error::AwsError;

pub(super) fn no_rule(name: &str) -> AwsError {
    let message = format!("Rule {name} does not exist on EventBus default.");
    AwsError::bad("ResourceNotFoundException", message)
}

pub(super) fn no_bus(name: &str) -> AwsError {
    AwsError::bad("ResourceNotFoundException", format!("Event bus {name} does not exist."))
}

pub(super) fn invalid(message: impl Into<Cow<'static, str>>) -> AwsError {
    AwsError::bad("ValidationException", message)
}

/// An ARN that is none, or one of another region.
pub(super) fn malformed(arn: impl Display) -> AwsError {
    let reason = "Provided Arn is not in correct format.";
    invalid(format!("Parameter {arn} is not valid. Reason: {reason}"))
}

pub(super) fn pattern(problem: &PatternProblem) -> AwsError {
    let message = format!("Event pattern is not valid. Reason: {problem}");
    AwsError::bad("InvalidEventPatternException", message)
}

pub(super) fn too_many(message: impl Into<Cow<'static, str>>) -> AwsError {
    AwsError::bad("LimitExceededException", message)
}

pub(super) fn store(error: &StoreError) -> AwsError {
    AwsError::service("InternalException", error.to_string())
}

/// A change that is not made.
pub(super) fn refused(refused: ChangeRefused) -> AwsError {
    match refused {
        ChangeRefused::Dangling { to, ours, .. } => match ours.place_of(&to) {
            Place::OtherRegion => malformed(to),
            Place::Here | Place::OtherAccount => {
                invalid(format!("Parameter Arn is not valid. Reason: {to} does not exist."))
            }
        },
        ChangeRefused::Refused(problem) => invalid(problem),
        ChangeRefused::Outdated(_) => {
            AwsError::bad("ConcurrentModificationException", refused.to_string())
        }
        ChangeRefused::Unavailable(_) => {
            AwsError::service("InternalException", refused.to_string())
                .with_status(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}
