//! SQS's errors: their names in JSON, and the codes they have in Query.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>

use std::borrow::Cow;
use std::fmt::Display;

use http::StatusCode;
use messaging::QueueError;
use model::{ChangeRefused, Place};

use crate::error::AwsError;

const BAD: StatusCode = StatusCode::BAD_REQUEST;

pub(super) fn no_queue() -> AwsError {
    AwsError::bad("QueueDoesNotExist", "The specified queue does not exist.")
        .in_query("AWS.SimpleQueueService.NonExistentQueue", BAD)
}

pub(super) fn missing(member: &str) -> AwsError {
    let message = format!("The request must contain the parameter {member}.");
    AwsError::bad("MissingRequiredParameterException", message).in_query("MissingParameter", BAD)
}

pub(super) fn too_large() -> AwsError {
    invalid_value("One or more parameters are invalid. Reason: the request is too long.")
}

pub(super) fn invalid_value(message: impl Into<Cow<'static, str>>) -> AwsError {
    AwsError::bad("InvalidParameterValueException", message).in_query("InvalidParameterValue", BAD)
}

/// A parameter whose value is not allowed, in the words that AWS has for all of them.
pub(super) fn value(parameter: &str, value: impl Display, reason: &str) -> AwsError {
    invalid_value(format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"))
}

pub(super) fn attribute_name(name: &str) -> AwsError {
    AwsError::bad("InvalidAttributeName", format!("Unknown Attribute {name}."))
}

pub(super) fn attribute_value(name: &str) -> AwsError {
    AwsError::bad("InvalidAttributeValue", format!("Invalid value for the parameter {name}."))
}

pub(super) fn unsupported(message: impl Into<Cow<'static, str>>) -> AwsError {
    AwsError::bad("UnsupportedOperation", message)
        .in_query("AWS.SimpleQueueService.UnsupportedOperation", BAD)
}

/// What a queue says, as AWS says it.
pub(super) fn queue(error: QueueError) -> AwsError {
    let text = error.to_string();
    match error {
        QueueError::NoSuchQueue(_) => no_queue(),
        QueueError::InvalidValue { parameter, value: given, reason } => {
            value(parameter, given, &format!("{reason}."))
        }
        QueueError::Missing(parameter) => missing(parameter),
        QueueError::InvalidContents(_) => AwsError::bad(
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | \
             #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF",
        ),
        QueueError::TooLong { most, .. } => invalid_value(format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {most} bytes."
        )),
        QueueError::BatchTooLong { actual, most } => batch(
            "BatchRequestTooLong",
            "AWS.SimpleQueueService.BatchRequestTooLong",
            format!(
                "Batch requests cannot be longer than {most} bytes. You have sent {actual} bytes."
            ),
        ),
        QueueError::ReceiptHandleInvalid(_) => {
            let message = "The input receipt handle is invalid.";
            AwsError::bad("ReceiptHandleIsInvalid", message)
                .in_query("ReceiptHandleIsInvalid", StatusCode::NOT_FOUND)
        }
        QueueError::ReceiptHandleExpired => {
            value("ReceiptHandle", "", "The receipt handle has expired.")
        }
        QueueError::NotInFlight => AwsError::bad("MessageNotInflight", text)
            .in_query("AWS.SimpleQueueService.MessageNotInflight", BAD),
        QueueError::OverLimit { .. } => {
            AwsError::bad("OverLimit", text).in_query("OverLimit", StatusCode::FORBIDDEN)
        }
        QueueError::PurgeInProgress(name) => AwsError::bad(
            "PurgeQueueInProgress",
            format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds."),
        )
        .in_query("AWS.SimpleQueueService.PurgeQueueInProgress", StatusCode::FORBIDDEN),
        QueueError::Unsupported(_) => unsupported(text),
        QueueError::NotFound(_) => AwsError::bad("ResourceNotFoundException", text)
            .in_query("ResourceNotFoundException", StatusCode::NOT_FOUND),
        QueueError::Store(_) => AwsError::service("InternalError", text),
    }
}

/// As [`queue`], of a change of the visibility of the message with this receipt handle.
pub(super) fn visibility(error: QueueError, receipt_handle: &str) -> AwsError {
    match error {
        QueueError::NotInFlight => value(
            "ReceiptHandle",
            receipt_handle,
            "Message does not exist or is not available for visibility timeout change.",
        ),
        error => queue(error),
    }
}

/// A batch that was not looked into.
pub(super) fn batch(
    code: &'static str,
    in_query: &'static str,
    message: impl Into<Cow<'static, str>>,
) -> AwsError {
    AwsError::bad(code, message).in_query(in_query, BAD)
}

/// A queue as it was to be, and why it is not.
pub(super) fn refused(refused: ChangeRefused) -> AwsError {
    match refused {
        ChangeRefused::Dangling { to, ours, .. } => {
            let reason = match ours.place_of(&to) {
                Place::Here => "Dead letter target does not exist.",
                Place::OtherRegion => "Dead-letter target must be in same region as the source.",
                Place::OtherAccount => "Dead-letter target owner should be same as the source.",
            };
            value("RedrivePolicy", to, reason)
        }
        ChangeRefused::Refused(problem) => unsupported(problem),
        ChangeRefused::Outdated(_) | ChangeRefused::Unavailable(_) => {
            AwsError::service("ServiceUnavailable", refused.to_string())
                .with_status(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}
