//! `ListDeadLetterSourceQueues`: the queues whose dead letters a queue takes.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html>

use model::Queue;
use serde::{Deserialize, Serialize};

use super::list_queues::part;
use super::queue_url;
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct ListDeadLetterSourceQueues;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    queue_url: String,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
pub(super) struct Output {
    #[serde(rename = "queueUrls")]
    queue_urls: Vec<String>,
    #[serde(rename = "NextToken", skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Action for ListDeadLetterSourceQueues {
    const NAME: &'static str = "ListDeadLetterSourceQueues";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let seen = call.backing.control.resources();
        let dead_letters = &queue_url::find(&input.queue_url, &seen, &call.backing.account)?.name;
        let goes_there = |queue: &&Queue| {
            queue.redrive.as_ref().is_some_and(|to| to.to.resource() == dead_letters.as_str())
        };
        let sources = seen.all::<Queue>().filter(goes_there);
        let (queues, next_token) = part(sources, input.next_token.as_deref(), input.max_results)?;
        let queue_urls = queues.iter().map(|queue| queue_url::of(call, &queue.name)).collect();
        Ok(Output { queue_urls, next_token })
    }
}
