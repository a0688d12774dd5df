//! `ReceiveMessage`: takes messages out for a while; waits for some if asked to.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use messaging::queue::digest;
use messaging::{Receive, Received};
use serde::{Deserialize, Serialize, Serializer};

use super::message_attributes::{self, is_asked_for};
use super::{errors, queue_url};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Plain;

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html#API_ReceiveMessage_RequestSyntax>
const SYSTEM_ATTRIBUTES: [&str; 9] = [
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
];

pub(super) struct ReceiveMessage;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    queue_url: Cow<'a, str>,
    /// The older name of the next.
    #[serde(alias = "AttributeName", default)]
    attribute_names: Vec<String>,
    #[serde(alias = "MessageSystemAttributeName", default)]
    message_system_attribute_names: Vec<String>,
    #[serde(alias = "MessageAttributeName", default)]
    message_attribute_names: Vec<String>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    receive_request_attempt_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    message_id: String,
    receipt_handle: String,
    #[serde(rename = "MD5OfBody")]
    md5_of_body: String,
    body: Plain,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'static str, String>,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_attributes: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "attributes")]
    message_attributes: Vec<(String, model::AttributeValue)>,
}

impl Action for ReceiveMessage {
    const NAME: &'static str = "ReceiveMessage";
    type Input<'a> = Input<'a>;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let queue = queue_url::name(&input.queue_url, &call.backing.account)?;
        let mut system = input.attribute_names;
        system.extend(input.message_system_attribute_names);
        let unknown =
            system.iter().find(|n| *n != "All" && !SYSTEM_ATTRIBUTES.contains(&n.as_str()));
        if let Some(unknown) = unknown {
            return Err(errors::attribute_name(unknown));
        }
        let most = input.max_number_of_messages.unwrap_or(1);
        let ask = Receive {
            most: usize::try_from(most).map_err(|_| {
                errors::value("MaxNumberOfMessages", most, "Must be between 1 and 10, if provided.")
            })?,
            visibility: seconds("VisibilityTimeout", input.visibility_timeout)?,
            wait: seconds("WaitTimeSeconds", input.wait_time_seconds)?,
            attempt: input.receive_request_attempt_id,
        };
        let received = call.backing.queues.receive(&queue, ask).await.map_err(errors::queue)?;
        let wanted = Wanted { system, attributes: input.message_attribute_names };
        let messages = received.into_iter().map(|message| wanted.of(message)).collect();
        Ok(Output { messages })
    }
}

/// Too long a span is the queue's to refuse.
pub(super) fn seconds(parameter: &str, given: Option<i64>) -> Result<Option<Duration>, AwsError> {
    let Some(given) = given else { return Ok(None) };
    let span = u64::try_from(given).map(Duration::from_secs);
    span.map(Some).map_err(|_| errors::value(parameter, given, "It must not be negative."))
}

/// What the client wants to know beside the body.
struct Wanted {
    system: Vec<String>,
    attributes: Vec<String>,
}

impl Wanted {
    fn of(&self, received: Received) -> Message {
        let attributes = self.system(&received);
        let mut message_attributes = received.attributes;
        message_attributes.retain(|(name, _)| is_asked_for(name, &self.attributes));
        Message {
            message_id: received.id,
            receipt_handle: received.receipt_handle,
            md5_of_body: received.md5_of_body,
            body: Plain(received.body),
            attributes,
            md5_of_attributes: digest::of_attributes(&message_attributes),
            message_attributes,
        }
    }

    fn system(&self, received: &Received) -> BTreeMap<&'static str, String> {
        let mut attributes = BTreeMap::new();
        if self.system.is_empty() {
            return attributes;
        }
        let is_wanted =
            |name: &str| self.system.iter().any(|wanted| wanted == name || wanted == "All");
        for name in SYSTEM_ATTRIBUTES.into_iter().filter(|name| is_wanted(name)) {
            attributes.extend(value(name, received).map(|value| (name, value)));
        }
        attributes
    }
}

fn value(name: &str, received: &Received) -> Option<String> {
    match name {
        "SenderId" => Some(received.sender.clone()),
        "SentTimestamp" => Some(received.sent.0.to_string()),
        "ApproximateReceiveCount" => Some(received.receive_count.to_string()),
        "ApproximateFirstReceiveTimestamp" => Some(received.first_received.0.to_string()),
        "SequenceNumber" => received.sequence_number.clone(),
        "MessageDeduplicationId" => received.deduplication.clone(),
        "MessageGroupId" => received.group.clone(),
        "AWSTraceHeader" => received.trace_header.clone(),
        "DeadLetterQueueSourceArn" => received.dead_letter_of.as_ref().map(ToString::to_string),
        _ => None,
    }
}

#[expect(clippy::ptr_arg, reason = "serde hands over the field as it is")]
fn attributes<S: Serializer>(
    attributes: &Vec<(String, model::AttributeValue)>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let written = attributes.iter().map(|(name, value)| (name, message_attributes::write(value)));
    serializer.collect_map(written)
}
