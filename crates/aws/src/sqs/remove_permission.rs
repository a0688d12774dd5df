//! `RemovePermission`: removes a statement from a queue's policy.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_RemovePermission.html>

use serde::Deserialize;

use super::add_permission::{read, statements};
use super::set_queue_attributes::change;
use super::{Done, errors};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct RemovePermission;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    queue_url: String,
    label: String,
}

impl Action for RemovePermission {
    const NAME: &'static str = "RemovePermission";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        change(call, &input.queue_url, |queue, _| {
            let arn = call.backing.account.arn("sqs", &queue.name);
            let mut policy = read(queue.policy.as_deref(), arn.as_str());
            let statements = statements(&mut policy);
            let before = statements.len();
            statements.retain(|statement| statement["Sid"] != *input.label);
            if statements.len() == before {
                let reason = "can't find label on existing policy.";
                return Err(errors::value("Label", &input.label, reason));
            }
            let is_empty = statements.is_empty();
            queue.policy = (!is_empty).then(|| policy.to_string());
            Ok(())
        })
        .await
    }
}
