//! `SetSubscriptionAttributes`: changes one attribute of a subscription.
//! <https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html>

use model::{ResourceChange, Topic};
use serde::Deserialize;

use super::errors;
use super::subscription_attributes::{self, Problem};
use super::{Done, arns};
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) struct SetSubscriptionAttributes;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    subscription_arn: String,
    attribute_name: String,
    #[serde(default)]
    attribute_value: String,
}

impl Action for SetSubscriptionAttributes {
    const NAME: &'static str = "SetSubscriptionAttributes";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let (name, value) = (input.attribute_name.as_str(), input.attribute_value.as_str());
        let refuse = |problem| match problem {
            Problem::Name => errors::invalid("AttributeName"),
            Problem::Value(reason) => errors::invalid(reason),
        };
        let set = edit(&*call.backing.control, errors::refused, |seen| {
            let account = &call.backing.account;
            let mut changed = arns::subscription(&input.subscription_arn, account, seen)?.clone();
            let topic = seen.get::<Topic>(changed.topic.resource());
            let topic = topic.ok_or_else(errors::no_topic)?;
            subscription_attributes::set(&mut changed, name, value).map_err(refuse)?;
            subscription_attributes::check(&changed, topic).map_err(refuse)?;
            Ok((vec![ResourceChange::Keep(changed.clone().into())], changed))
        });
        let changed = set.await?;
        subscription_attributes::warn_of_missing(&changed, call);
        Ok(Done)
    }
}
