//! `SetTopicAttributes`: changes one attribute of a topic.
//! <https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html>

use model::ResourceChange;
use serde::Deserialize;

use super::errors;
use super::topic_attributes::{self, Problem};
use super::{Done, arns};
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) struct SetTopicAttributes;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    topic_arn: String,
    attribute_name: String,
    #[serde(default)]
    attribute_value: String,
}

impl Action for SetTopicAttributes {
    const NAME: &'static str = "SetTopicAttributes";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let (name, value) = (input.attribute_name.as_str(), input.attribute_value.as_str());
        let set = edit(&*call.backing.control, errors::refused, |seen| {
            let account = &call.backing.account;
            let mut topic = arns::topic(&input.topic_arn, "TopicArn", account, seen)?.clone();
            topic_attributes::set(&mut topic, name, value).map_err(|problem| match problem {
                Problem::Name => errors::invalid("AttributeName"),
                Problem::Value(reason) => errors::invalid(reason),
            })?;
            Ok((vec![ResourceChange::Keep(topic.into())], ()))
        });
        set.await?;
        Ok(Done)
    }
}
