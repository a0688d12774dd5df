//! `CancelMessageMoveTask`: ends a move of dead letters; what was moved stays moved.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CancelMessageMoveTask.html>

use serde::{Deserialize, Serialize};

use super::errors;
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct CancelMessageMoveTask;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    task_handle: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    approximate_number_of_messages_moved: u64,
}

impl Action for CancelMessageMoveTask {
    const NAME: &'static str = "CancelMessageMoveTask";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let moved = call.backing.queues.cancel_move(&input.task_handle);
        Ok(Output { approximate_number_of_messages_moved: moved.map_err(errors::queue)? })
    }
}
