//! `AddPermission`: adds a statement to a topic's policy.
//! <https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html>

use model::ResourceChange;
use serde::Deserialize;

use super::errors;
use super::statements::{self, Permission};
use super::{Done, arns};
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) struct AddPermission;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    topic_arn: String,
    label: String,
    #[serde(rename = "AWSAccountId")]
    accounts: Vec<String>,
    action_name: Vec<String>,
}

impl Action for AddPermission {
    const NAME: &'static str = "AddPermission";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let account = &call.backing.account;
        let added = edit(&*call.backing.control, errors::refused, |seen| {
            let mut topic = arns::topic(&input.topic_arn, "TopicArn", account, seen)?.clone();
            let permission = Permission {
                label: &input.label,
                accounts: &input.accounts,
                actions: &input.action_name,
            };
            statements::add(&mut topic, account, &permission)?;
            Ok((vec![ResourceChange::Keep(topic.into())], ()))
        });
        added.await?;
        Ok(Done)
    }
}
