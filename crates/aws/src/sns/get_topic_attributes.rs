//! `GetTopicAttributes`: how a topic is set up, and how many are subscribed.
//! <https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html>

use serde::{Deserialize, Serialize};

use super::{Attributes, arns, topic_attributes};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct GetTopicAttributes;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    topic_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    attributes: Attributes,
}

impl Action for GetTopicAttributes {
    const NAME: &'static str = "GetTopicAttributes";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let account = &call.backing.account;
        let seen = call.backing.control.resources();
        let topic = arns::topic(&input.topic_arn, "TopicArn", account, &seen)?;
        let subscriptions = arns::of_topic(topic, account, &seen);
        Ok(Output { attributes: topic_attributes::all(topic, account, subscriptions) })
    }
}
