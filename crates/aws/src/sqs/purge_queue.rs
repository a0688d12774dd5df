//! `PurgeQueue`: removes all messages of a queue.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html>

use serde::Deserialize;

use super::{Done, errors, queue_url};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct PurgeQueue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    queue_url: String,
}

impl Action for PurgeQueue {
    const NAME: &'static str = "PurgeQueue";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let queue = queue_url::name(&input.queue_url, &call.backing.account)?;
        call.backing.queues.purge(&queue).await.map(|()| Done).map_err(errors::queue)
    }
}
