//! `StartMessageMoveTask`: moves dead letters back, or on to another queue.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html>

use model::Arn;
use serde::{Deserialize, Serialize};

use super::errors;
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct StartMessageMoveTask;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    source_arn: String,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    task_handle: String,
}

impl Action for StartMessageMoveTask {
    const NAME: &'static str = "StartMessageMoveTask";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let source = arn("SourceArn", &input.source_arn)?;
        let to =
            input.destination_arn.as_deref().map(|to| arn("DestinationArn", to)).transpose()?;
        // What is too little or too much is the queue's to refuse.
        let rate = |rate: i64| u32::try_from(rate).unwrap_or(if rate < 0 { 0 } else { u32::MAX });
        let rate = input.max_number_of_messages_per_second.map(rate);
        let started = call.backing.queues.start_move(&source, to.as_ref(), rate).await;
        Ok(Output { task_handle: started.map_err(errors::queue)? })
    }
}

pub(super) fn arn(parameter: &str, text: &str) -> Result<Arn, AwsError> {
    let arn = Arn::parse(text).filter(|arn| arn.service() == "sqs");
    arn.ok_or_else(|| errors::value(parameter, text, "It must be the ARN of a queue."))
}
