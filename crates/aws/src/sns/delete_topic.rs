//! `DeleteTopic`: removes a topic and its subscriptions.
//! <https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html>

use model::resource::Declared;
use model::{ResourceChange, ResourceId, Subscription, Topic};
use serde::Deserialize;

use super::{Done, arns, errors};
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) struct DeleteTopic;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    topic_arn: String,
}

impl Action for DeleteTopic {
    const NAME: &'static str = "DeleteTopic";
    type Input<'a> = Input;
    type Output = Done;

    /// Deleting what is not there changes nothing.
    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let account = &call.backing.account;
        let arn = arns::parse(&input.topic_arn, "TopicArn", account)?;
        let gone = edit(&*call.backing.control, errors::refused, |seen| {
            let Some(topic) = seen.get::<Topic>(arn.resource()) else {
                return Ok((Vec::new(), ()));
            };
            let subscriptions = arns::of_topic(topic, account, seen);
            let ids = subscriptions.map(|one| ResourceId::of::<Subscription>(one.name()));
            let ids = ids.chain([ResourceId::of::<Topic>(&topic.name)]);
            Ok((ids.map(ResourceChange::Forget).collect(), ()))
        });
        gone.await?;
        Ok(Done)
    }
}
