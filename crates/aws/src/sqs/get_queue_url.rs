//! `GetQueueUrl`: the URL by which a queue is named.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html>

use model::Queue;
use serde::{Deserialize, Serialize};

use super::{errors, queue_url};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct GetQueueUrl;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    queue_name: String,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    owner: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    queue_url: String,
}

impl Action for GetQueueUrl {
    const NAME: &'static str = "GetQueueUrl";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let seen = call.backing.control.resources();
        // Another account's queues are not here.
        if input.owner.is_some_and(|owner| *owner != *call.backing.account.id) {
            return Err(errors::no_queue());
        }
        let queue = seen.get::<Queue>(&input.queue_name).ok_or_else(errors::no_queue)?;
        Ok(Output { queue_url: queue_url::of(call, &queue.name) })
    }
}
