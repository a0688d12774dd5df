//! `SendMessage`: puts a message into a queue.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>

use std::borrow::Cow;
use std::time::Duration;

use messaging::{Outgoing, Sent};
use serde::{Deserialize, Serialize};

use super::message_attributes::{self, Given};
use super::{errors, queue_url};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct SendMessage;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    queue_url: Cow<'a, str>,
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
pub(super) struct Output {
    #[serde(rename = "MD5OfMessageBody")]
    md5_of_body: String,
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_attributes: Option<String>,
    #[serde(rename = "MD5OfMessageSystemAttributes", skip_serializing_if = "Option::is_none")]
    md5_of_system_attributes: Option<String>,
    message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<String>,
}

impl Action for SendMessage {
    const NAME: &'static str = "SendMessage";
    type Input<'a> = Input<'a>;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let queue = queue_url::name(&input.queue_url, &call.backing.account)?;
        let message = Outgoing {
            body: input.message_body,
            attributes: message_attributes::read(input.message_attributes)?,
            delay: input.delay_seconds.map(delay).transpose()?,
            group: input.message_group_id,
            deduplication: input.message_deduplication_id,
            sender: None,
            trace_header: message_attributes::trace_header(input.message_system_attributes)?,
        };
        let sent = call.backing.queues.send(&queue, message).await.map_err(errors::queue)?;
        Ok(Output::from(sent))
    }
}

/// Too long a delay is the queue's to refuse.
pub(super) fn delay(seconds: i64) -> Result<Duration, AwsError> {
    let unsigned = u64::try_from(seconds).map(Duration::from_secs);
    let reason = "DelaySeconds must be >= 0 and <= 900.";
    unsigned.map_err(|_| errors::value("DelaySeconds", seconds, reason))
}

impl From<Sent> for Output {
    fn from(sent: Sent) -> Self {
        Self {
            md5_of_body: sent.md5_of_body,
            md5_of_attributes: sent.md5_of_attributes,
            md5_of_system_attributes: sent.md5_of_system_attributes,
            message_id: sent.id,
            sequence_number: sent.sequence_number,
        }
    }
}
