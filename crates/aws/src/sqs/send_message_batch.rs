//! `SendMessageBatch`: puts up to ten messages into a queue.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html>

use std::borrow::Cow;

use messaging::{Outgoing, Sent};
use serde::{Deserialize, Serialize};

use super::message_attributes::{self, Given};
use super::send_message::delay;
use super::{batch, errors, queue_url};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct SendMessageBatch;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    queue_url: Cow<'a, str>,
    #[serde(alias = "SendMessageBatchRequestEntry")]
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: String,
    message_body: String,
    delay_seconds: Option<i64>,
    #[serde(alias = "MessageAttribute", default)]
    message_attributes: Given,
    #[serde(alias = "MessageSystemAttribute", default)]
    message_system_attributes: Given,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Success {
    id: String,
    message_id: String,
    #[serde(rename = "MD5OfMessageBody")]
    md5_of_body: String,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_attributes: Option<String>,
    #[serde(rename = "MD5OfMessageSystemAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_system_attributes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<String>,
}

impl Action for SendMessageBatch {
    const NAME: &'static str = "SendMessageBatch";
    type Input<'a> = Input<'a>;
    type Output = batch::Output<Success>;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Self::Output, AwsError> {
        let queue = queue_url::name(&input.queue_url, &call.backing.account)?;
        let ids = input.entries.iter().map(|entry| entry.id.as_str());
        batch::check("SendMessageBatchRequestEntry", ids)?;
        let mut messages = Vec::with_capacity(input.entries.len());
        let mut results = Vec::with_capacity(input.entries.len());
        for mut entry in input.entries {
            let id = std::mem::take(&mut entry.id);
            let message = entry.message().map(|message| messages.push(message));
            results.push((id, message));
        }
        let sent = call.backing.queues.send_batch(&queue, messages).await;
        let mut sent = sent.map_err(errors::queue)?.into_iter();
        let results = results.into_iter().map(|(id, read)| {
            let told = read.and_then(|()| {
                let sent = sent.next().expect("one result for each message");
                sent.map_err(errors::queue)
            });
            (id, told)
        });
        Ok(batch::output(results, success))
    }
}

impl Entry {
    fn message(self) -> Result<Outgoing, AwsError> {
        Ok(Outgoing {
            body: self.message_body,
            attributes: message_attributes::read(self.message_attributes)?,
            delay: self.delay_seconds.map(delay).transpose()?,
            group: self.message_group_id,
            deduplication: self.message_deduplication_id,
            sender: None,
            trace_header: message_attributes::trace_header(self.message_system_attributes)?,
        })
    }
}

fn success(id: String, sent: Sent) -> Success {
    Success {
        id,
        message_id: sent.id,
        md5_of_body: sent.md5_of_body,
        md5_of_attributes: sent.md5_of_attributes,
        md5_of_system_attributes: sent.md5_of_system_attributes,
        sequence_number: sent.sequence_number,
    }
}
