//! SNS's errors, and what they are made of.
//! <https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html>

use http::StatusCode;
use messaging::topic::PublishError;
use model::ChangeRefused;

use crate::error::AwsError;

/// A change that is not made.
pub(super) fn refused(refused: ChangeRefused) -> AwsError {
    match refused {
        ChangeRefused::Unavailable(problem) => internal(problem),
        other => invalid(other.to_string()),
    }
}

/// `reason` is what stands behind the colon.
pub(super) fn invalid(reason: impl std::fmt::Display) -> AwsError {
    AwsError::bad("InvalidParameter", format!("Invalid parameter: {reason}"))
}

/// A message attribute that cannot be.
pub(super) fn invalid_value(message: impl Into<std::borrow::Cow<'static, str>>) -> AwsError {
    AwsError::bad("ParameterValueInvalid", message)
}

pub(super) fn missing(member: &str) -> AwsError {
    let mut letters = member.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    let member: String = first.into_iter().chain(letters).collect();
    AwsError::bad(
        "ValidationError",
        format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy \
             constraint: Member must not be null"
        ),
    )
}

pub(super) fn internal(problem: String) -> AwsError {
    AwsError::service("InternalError", problem)
}

pub(super) fn no_topic() -> AwsError {
    AwsError::user(StatusCode::NOT_FOUND, "NotFound", "Topic does not exist")
}

pub(super) fn no_subscription() -> AwsError {
    AwsError::user(StatusCode::NOT_FOUND, "NotFound", "Subscription does not exist")
}

pub(super) fn no_resource() -> AwsError {
    AwsError::user(StatusCode::NOT_FOUND, "ResourceNotFound", "Resource does not exist")
}

pub(super) fn not_authorized(message: String) -> AwsError {
    AwsError::user(StatusCode::FORBIDDEN, "AuthorizationError", message)
}

pub(super) fn publish(error: PublishError) -> AwsError {
    match error {
        PublishError::NoTopic => no_topic(),
        PublishError::Empty => invalid("Empty message"),
        PublishError::TooLong => invalid("Message too long"),
        PublishError::Subject => invalid("Subject"),
        PublishError::Unparsable => {
            invalid("Message Structure - JSON message body failed to parse")
        }
        PublishError::WithoutDefault => {
            invalid("Message Structure - No default entry in JSON message body")
        }
        PublishError::GroupRequired => {
            invalid("The MessageGroupId parameter is required for FIFO topics")
        }
        PublishError::DeduplicationRequired => invalid(
            "The topic should either have ContentBasedDeduplication enabled or \
             MessageDeduplicationId provided explicitly",
        ),
        PublishError::DeduplicationOnStandard => invalid(
            "The request includes MessageDeduplicationId parameter that is not valid for this \
             topic type",
        ),
        PublishError::Unavailable(error) => internal(error.to_string()),
    }
}
