//! `ListMessageMoveTasks`: how far moves of dead letters are, the latest first.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html>

use messaging::{MoveState, MoveTask};
use serde::{Deserialize, Serialize};

use super::errors;
use super::start_message_move_task::arn;
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct ListMessageMoveTasks;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    source_arn: String,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    results: Vec<Told>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    /// Of a task that can be cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    task_handle: Option<String>,
    status: &'static str,
    source_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_number_of_messages_per_second: Option<u32>,
    approximate_number_of_messages_moved: u64,
    approximate_number_of_messages_to_move: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<String>,
    started_timestamp: u64,
}

impl Action for ListMessageMoveTasks {
    const NAME: &'static str = "ListMessageMoveTasks";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let source = arn("SourceArn", &input.source_arn)?;
        // What is too little or too much is the queue's to refuse.
        let most = input.max_results.map_or(1, |most| usize::try_from(most).unwrap_or(0));
        let tasks = call.backing.queues.list_moves(&source, most).map_err(errors::queue)?;
        Ok(Output { results: tasks.into_iter().map(told).collect() })
    }
}

fn told(task: MoveTask) -> Told {
    let (status, failure_reason) = match task.state {
        MoveState::Running => ("RUNNING", None),
        MoveState::Cancelling => ("CANCELLING", None),
        MoveState::Cancelled => ("CANCELLED", None),
        MoveState::Completed => ("COMPLETED", None),
        MoveState::Failed(reason) => ("FAILED", Some(reason)),
    };
    Told {
        task_handle: (status == "RUNNING").then_some(task.handle),
        status,
        source_arn: task.source.to_string(),
        destination_arn: task.destination.map(|to| to.to_string()),
        max_number_of_messages_per_second: task.rate,
        approximate_number_of_messages_moved: task.moved,
        approximate_number_of_messages_to_move: task.to_move,
        failure_reason,
        started_timestamp: task.started.0,
    }
}
