//! `GetQueueAttributes`: how a queue treats its messages, and how many it has.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html>

use std::collections::BTreeMap;

use model::Queue;
use serde::{Deserialize, Serialize};

use super::{attributes, errors, queue_url};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

/// All names there are, also those that not every queue has.
const NAMES: [&str; 22] = [
    "All",
    "Policy",
    "VisibilityTimeout",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
    "ApproximateNumberOfMessagesDelayed",
    "DelaySeconds",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "FifoQueue",
    "ContentBasedDeduplication",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "DeduplicationScope",
    "FifoThroughputLimit",
    "RedriveAllowPolicy",
    "SqsManagedSseEnabled",
];
const COUNTS: &str = "ApproximateNumberOfMessages";

pub(super) struct GetQueueAttributes;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    queue_url: String,
    #[serde(alias = "AttributeName", default)]
    attribute_names: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'static str, String>,
}

impl Action for GetQueueAttributes {
    const NAME: &'static str = "GetQueueAttributes";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let wanted = &input.attribute_names;
        if let Some(unknown) = wanted.iter().find(|name| !NAMES.contains(&name.as_str())) {
            return Err(errors::attribute_name(unknown));
        }
        let name = queue_url::name(&input.queue_url, &call.backing.account)?;
        let seen = call.backing.control.resources();
        let (queue, kept) = seen.find::<Queue>(&name).ok_or_else(errors::no_queue)?;
        let mut attributes: BTreeMap<_, _> = attributes::declared(queue).into_iter().collect();
        attributes.extend([
            ("QueueArn", call.backing.account.arn("sqs", &name).to_string()),
            ("CreatedTimestamp", kept.created.as_secs().to_string()),
            ("LastModifiedTimestamp", kept.updated.as_secs().to_string()),
        ]);
        let wants_all = wanted.iter().any(|wanted| wanted == "All");
        if wants_all || wanted.iter().any(|wanted| wanted.starts_with(COUNTS)) {
            let counts = call.backing.queues.counts(&name).await.map_err(errors::queue)?;
            attributes.extend([
                (COUNTS, counts.visible.to_string()),
                ("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string()),
                ("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string()),
            ]);
        }
        attributes.retain(|name, _| wants_all || wanted.iter().any(|wanted| wanted == name));
        Ok(Output { attributes })
    }
}
