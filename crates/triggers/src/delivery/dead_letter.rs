//! The message that a dead-letter queue gets about an event that its target did not take.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html>

use model::{AttributeData, AttributeValue, DeliverError, Delivery, MessageOptions, Target};
use store::OutgoingEvent;

use super::attempt::Exhausted;

/// Nothing when the target has no dead-letter queue.
pub(crate) fn of(event: &OutgoingEvent, error: &DeliverError, why: Exhausted) -> Option<Delivery> {
    let options =
        MessageOptions { attributes: attributes(event, error, why), ..Default::default() };
    let queue = Target::of(event.target.dead_letters.as_ref()?, options)?;
    Some(Delivery {
        target: queue,
        source: event.source.clone(),
        payload: event.event.clone(),
        trace: None,
    })
}

fn attributes(
    event: &OutgoingEvent,
    error: &DeliverError,
    why: Exhausted,
) -> Vec<(String, AttributeValue)> {
    let is_schedule = event.source.service() == "scheduler";
    let source = if is_schedule { "SCHEDULE_ARN" } else { "RULE_ARN" };
    let code = match error {
        DeliverError::NotFound(_) => "RESOURCE_NOT_FOUND",
        DeliverError::Refused(_) | DeliverError::TooLarge(_) => "INVALID_PARAMETER",
        DeliverError::Unavailable(_) => "SERVICE_UNAVAILABLE",
    };
    let mut all = vec![
        text("ERROR_CODE", code),
        text("ERROR_MESSAGE", &error.to_string()),
        text(source, event.source.as_str()),
        text("TARGET_ARN", event.target.arn.as_str()),
        number("RETRY_ATTEMPTS", event.attempts.saturating_sub(1)),
    ];
    match why {
        Exhausted::Never => {}
        Exhausted::Attempts => {
            all.push(text("EXHAUSTED_RETRY_CONDITION", "MaximumRetryAttempts"));
        }
        Exhausted::Age => {
            all.push(text("EXHAUSTED_RETRY_CONDITION", "MaximumEventAgeInSeconds"));
        }
    }
    if is_schedule && let Some((execution, _)) = event.id.split_once('/') {
        all.push(text("EXECUTION_ID", execution));
    }
    all
}

fn text(name: &str, value: &str) -> (String, AttributeValue) {
    of_type(name, "String", value.to_owned())
}

fn number(name: &str, value: u32) -> (String, AttributeValue) {
    of_type(name, "Number", value.to_string())
}

fn of_type(name: &str, kind: &str, value: String) -> (String, AttributeValue) {
    let value = AttributeValue { data_type: kind.to_owned(), value: AttributeData::Text(value) };
    (name.to_owned(), value)
}
