//! The event of a batch, as Lambda has it for queues.
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use messaging::{Received, digest};
use model::{Arn, AttributeData, AttributeValue};
use serde::Serialize;

/// What stands around the records of an event.
pub(crate) const FRAME: usize = br#"{"Records":[]}"#.len();

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    message_id: &'a str,
    receipt_handle: &'a str,
    body: &'a str,
    attributes: Attributes<'a>,
    message_attributes: BTreeMap<&'a str, Attribute<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    md5_of_message_attributes: Option<String>,
    md5_of_body: &'a str,
    event_source: &'static str,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: &'a str,
    aws_region: &'a str,
}

/// Texts all of them, numbers too.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes<'a> {
    approximate_receive_count: String,
    #[serde(rename = "AWSTraceHeader", skip_serializing_if = "Option::is_none")]
    trace_header: Option<&'a str>,
    sent_timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_group_id: Option<&'a str>,
    sender_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_deduplication_id: Option<&'a str>,
    approximate_first_receive_timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_queue_source_arn: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attribute<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    string_value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<String>,
    string_list_values: [(); 0],
    binary_list_values: [(); 0],
    data_type: &'a str,
}

/// One message as JSON.
pub(crate) fn record(message: &Received, queue: &Arn) -> String {
    let attributes = Attributes {
        approximate_receive_count: message.receive_count.to_string(),
        trace_header: message.trace_header.as_deref(),
        sent_timestamp: message.sent.0.to_string(),
        sequence_number: message.sequence_number.as_deref(),
        message_group_id: message.group.as_deref(),
        sender_id: &message.sender,
        message_deduplication_id: message.deduplication.as_deref(),
        approximate_first_receive_timestamp: message.first_received.0.to_string(),
        dead_letter_queue_source_arn: message.dead_letter_of.as_ref().map(Arn::as_str),
    };
    let own = &message.attributes;
    let record = Record {
        message_id: &message.id,
        receipt_handle: &message.receipt_handle,
        body: &message.body,
        attributes,
        message_attributes: own
            .iter()
            .map(|(name, value)| (name.as_str(), attribute(value)))
            .collect(),
        md5_of_message_attributes: digest::of_attributes(own),
        md5_of_body: &message.md5_of_body,
        event_source: "aws:sqs",
        event_source_arn: queue.as_str(),
        aws_region: queue.region(),
    };
    serde_json::to_string(&record).unwrap_or_default()
}

fn attribute(value: &AttributeValue) -> Attribute<'_> {
    let (string_value, binary_value) = match &value.value {
        AttributeData::Text(text) => (Some(text.as_str()), None),
        AttributeData::Binary(bytes) => (None, Some(BASE64_STANDARD.encode(bytes))),
    };
    Attribute {
        string_value,
        binary_value,
        string_list_values: [],
        binary_list_values: [],
        data_type: &value.data_type,
    }
}

/// The event of these records.
pub(crate) fn event(records: &[&str]) -> String {
    format!(r#"{{"Records":[{}]}}"#, records.join(","))
}

/// The event that a function gets for these messages of a queue.
pub fn queue_event(messages: &[Received], queue: &Arn) -> String {
    let records: Vec<String> = messages.iter().map(|message| record(message, queue)).collect();
    event(&records.iter().map(String::as_str).collect::<Vec<_>>())
}
