//! `Publish`: sends a message to everybody who is subscribed to a topic.
//! <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>

use messaging::topic::{Message, Structure};
use serde::{Deserialize, Serialize};

use super::message_attributes::{self, Given};
use super::{arns, errors};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct Publish;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    topic_arn: Option<String>,
    target_arn: Option<String>,
    phone_number: Option<String>,
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
    message_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<String>,
}

impl Action for Publish {
    const NAME: &'static str = "Publish";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let seen = call.backing.control.resources();
        let topic = match (&input.topic_arn, &input.target_arn, &input.phone_number) {
            (Some(arn), None, None) => {
                arns::topic(arn, "TopicArn", &call.backing.account, &seen)?.name.clone()
            }
            (None, Some(arn), None) => {
                arns::topic(arn, "TargetArn", &call.backing.account, &seen)?.name.clone()
            }
            (None, None, Some(_)) => {
                return Err(errors::invalid("PhoneNumber Reason: this server sends no SMS"));
            }
            (None, None, None) => {
                return Err(errors::invalid(
                    "TopicArn or TargetArn Reason: no value for required parameter",
                ));
            }
            _ => {
                let one = "TopicArn, TargetArn or PhoneNumber Reason: only one may be given";
                return Err(errors::invalid(one));
            }
        };
        let message = Message {
            body: input.message,
            structure: structure(input.message_structure.as_deref())?,
            subject: input.subject,
            attributes: message_attributes::read(input.message_attributes)?,
            group: checked_id("MessageGroupId", input.message_group_id)?,
            deduplication: checked_id("MessageDeduplicationId", input.message_deduplication_id)?,
        };
        let receipt = call.backing.topics.publish(&topic, message).await;
        let receipt = receipt.map_err(errors::publish)?;
        let sequence_number = receipt.sequence.map(|sequence| sequence.to_string());
        Ok(Output { message_id: receipt.id, sequence_number })
    }
}

pub(super) fn structure(given: Option<&str>) -> Result<Structure, AwsError> {
    match given {
        None => Ok(Structure::Text),
        Some("json") => Ok(Structure::Json),
        Some(_) => Err(errors::invalid("MessageStructure")),
    }
}

/// Groups and deduplication ids are 1 to 128 letters, digits and punctuation.
pub(super) fn checked_id(name: &str, id: Option<String>) -> Result<Option<String>, AwsError> {
    let is_one = |id: &String| {
        (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match id {
        Some(id) if !is_one(&id) => Err(errors::invalid(format!(
            "{name} Reason: {name} can only include alphanumeric and punctuation characters. \
             1 to 128 in length"
        ))),
        id => Ok(id),
    }
}
