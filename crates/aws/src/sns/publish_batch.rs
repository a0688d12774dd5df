//! `PublishBatch`: sends up to ten messages to a topic.
//! <https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html>

use std::collections::BTreeSet;

use messaging::topic::Message;
use serde::{Deserialize, Serialize};

use super::message_attributes::{self, Given};
use super::publish::{checked_id, structure};
use super::{arns, errors};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

const MOST: usize = 10;
/// Bytes of all messages together.
const MOST_BYTES: usize = 262_144;

pub(super) struct PublishBatch;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    topic_arn: String,
    publish_batch_request_entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: String,
    message: String,
    subject: Option<String>,
    message_structure: Option<String>,
    #[serde(default)]
    message_attributes: Given,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    successful: Vec<Success>,
    failed: Vec<Failure>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Success {
    id: String,
    message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failure {
    id: String,
    code: &'static str,
    message: String,
    sender_fault: bool,
}

impl Action for PublishBatch {
    const NAME: &'static str = "PublishBatch";
    type Input<'a> = Input;
    type Output = Output;

    /// A message that could never be accepted refuses all of them, before any is.
    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let seen = call.backing.control.resources();
        let topic = arns::topic(&input.topic_arn, "TopicArn", &call.backing.account, &seen)?;
        check_ids(&input.publish_batch_request_entries)?;
        let (mut ids, mut messages) = (Vec::new(), Vec::new());
        for entry in input.publish_batch_request_entries {
            ids.push(entry.id.clone());
            let message = entry.message()?;
            call.backing.topics.check(&topic.name, &message).map_err(errors::publish)?;
            messages.push(message);
        }
        if messages.iter().map(Message::bytes).sum::<usize>() > MOST_BYTES {
            let message =
                "The length of all the batch messages put together is more than the limit.";
            return Err(AwsError::bad("BatchRequestTooLong", message));
        }
        let receipts = call.backing.topics.publish_batch(&topic.name, messages).await;
        let mut output = Output { successful: Vec::new(), failed: Vec::new() };
        for (id, receipt) in ids.into_iter().zip(receipts) {
            match receipt {
                Ok(receipt) => output.successful.push(Success {
                    id,
                    message_id: receipt.id,
                    sequence_number: receipt.sequence.map(|sequence| sequence.to_string()),
                }),
                Err(error) => {
                    let error = errors::publish(error);
                    let message = error.message().to_owned();
                    let sender_fault = error.status().is_client_error();
                    output.failed.push(Failure { id, code: error.code(), message, sender_fault });
                }
            }
        }
        Ok(output)
    }
}

impl Entry {
    fn message(self) -> Result<Message, AwsError> {
        Ok(Message {
            body: self.message,
            structure: structure(self.message_structure.as_deref())?,
            subject: self.subject,
            attributes: message_attributes::read(self.message_attributes)?,
            group: checked_id("MessageGroupId", self.message_group_id)?,
            deduplication: checked_id("MessageDeduplicationId", self.message_deduplication_id)?,
        })
    }
}

fn check_ids(entries: &[Entry]) -> Result<(), AwsError> {
    if entries.is_empty() {
        let message = "The batch request doesn't contain any entries.";
        return Err(AwsError::bad("EmptyBatchRequest", message));
    }
    if entries.len() > MOST {
        let message = "The batch request contains more entries than permissible.";
        return Err(AwsError::bad("TooManyEntriesInBatchRequest", message));
    }
    let mut ids = BTreeSet::new();
    for entry in entries {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !(1..=80).contains(&entry.id.len()) || !entry.id.bytes().all(is_plain) {
            let message =
                "The Id of a batch entry in a batch request doesn't abide by the specification.";
            return Err(AwsError::bad("InvalidBatchEntryId", message));
        }
        if !ids.insert(entry.id.as_str()) {
            let message = "Two or more batch entries in the request have the same Id.";
            return Err(AwsError::bad("BatchEntryIdsNotDistinct", message));
        }
    }
    Ok(())
}
