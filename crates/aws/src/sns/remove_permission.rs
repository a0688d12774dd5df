//! `RemovePermission`: removes a statement from a topic's policy.
//! <https://docs.aws.amazon.com/sns/latest/api/API_RemovePermission.html>

use model::ResourceChange;
use serde::Deserialize;

use super::{Done, arns, errors, statements};
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) struct RemovePermission;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    topic_arn: String,
    label: String,
}

impl Action for RemovePermission {
    const NAME: &'static str = "RemovePermission";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let account = &call.backing.account;
        let removed = edit(&*call.backing.control, errors::refused, |seen| {
            let mut topic = arns::topic(&input.topic_arn, "TopicArn", account, seen)?.clone();
            statements::remove(&mut topic, account, &input.label)?;
            Ok((vec![ResourceChange::Keep(topic.into())], ()))
        });
        removed.await?;
        Ok(Done)
    }
}
