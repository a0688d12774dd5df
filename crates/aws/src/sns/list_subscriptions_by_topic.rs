//! `ListSubscriptionsByTopic`: a topic's subscriptions, a hundred at a time.
//! <https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html>

use serde::Deserialize;

use super::arns;
use super::list_subscriptions::{Output, part};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct ListSubscriptionsByTopic;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    topic_arn: String,
    next_token: Option<String>,
}

impl Action for ListSubscriptionsByTopic {
    const NAME: &'static str = "ListSubscriptionsByTopic";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let account = &call.backing.account;
        let seen = call.backing.control.resources();
        let topic = arns::topic(&input.topic_arn, "TopicArn", account, &seen)?;
        part(arns::of_topic(topic, account, &seen), input.next_token.as_deref(), account)
    }
}
