//! `GetSubscriptionAttributes`: how a subscription is set up.
//! <https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html>

use model::Topic;
use serde::{Deserialize, Serialize};

use super::{Attributes, arns, errors, subscription_attributes};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct GetSubscriptionAttributes;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    subscription_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    attributes: Attributes,
}

impl Action for GetSubscriptionAttributes {
    const NAME: &'static str = "GetSubscriptionAttributes";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let account = &call.backing.account;
        let seen = call.backing.control.resources();
        let subscription = arns::subscription(&input.subscription_arn, account, &seen)?;
        let topic = seen.get::<Topic>(subscription.topic.resource());
        let topic = topic.ok_or_else(errors::no_topic)?;
        Ok(Output { attributes: subscription_attributes::all(subscription, topic, account) })
    }
}
