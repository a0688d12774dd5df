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
        let queue = seen.get::<Queue>(&input.queue_name).ok_or_else(errors::no_queue)?;
        Ok(Output { queue_url: queue_url::of(call, &queue.name) })
    }
}
