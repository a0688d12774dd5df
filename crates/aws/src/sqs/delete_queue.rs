//! `DeleteQueue`: removes a queue and all of its messages.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html>

use model::{Queue, ResourceChange, ResourceId};
use serde::Deserialize;

use super::{Done, errors, queue_url};
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) struct DeleteQueue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    queue_url: String,
}

impl Action for DeleteQueue {
    const NAME: &'static str = "DeleteQueue";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let edited = edit(&*call.backing.control, errors::refused, |seen| {
            let queue = queue_url::find(&input.queue_url, seen, &call.backing.account)?;
            Ok((vec![ResourceChange::Forget(ResourceId::of::<Queue>(&queue.name))], Done))
        });
        edited.await
    }
}
