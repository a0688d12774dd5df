//! `ListQueues`: the URLs of all queues, in pages if asked to.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html>

use model::Queue;
use serde::{Deserialize, Serialize};

use super::{errors, queue_url};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;
use crate::page::{Page, page};

/// The most that are listed at once, and what is listed when nothing is said.
const MOST: usize = 1000;

pub(super) struct ListQueues;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    queue_name_prefix: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    queue_urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Action for ListQueues {
    const NAME: &'static str = "ListQueues";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let prefix = input.queue_name_prefix.unwrap_or_default();
        let seen = call.backing.control.resources();
        let named = seen.all::<Queue>().filter(|queue| queue.name.as_str().starts_with(&prefix));
        let (queues, next_token) = part(named, input.next_token.as_deref(), input.max_results)?;
        let queue_urls = queues.iter().map(|queue| queue_url::of(call, &queue.name)).collect();
        Ok(Output { queue_urls, next_token })
    }
}

/// A client that does not say how many it wants does not know tokens either.
pub(super) fn part<'a>(
    queues: impl Iterator<Item = &'a Queue>,
    token: Option<&str>,
    max_results: Option<i64>,
) -> Result<(Vec<&'a Queue>, Option<String>), AwsError> {
    let most = match max_results {
        None => MOST,
        Some(wanted) => {
            usize::try_from(wanted).ok().filter(|wanted| (1..=MOST).contains(wanted)).ok_or_else(
                || errors::value("MaxResults", wanted, "MaxResults must be 1 to 1000."),
            )?
        }
    };
    let Page { items, next } = page(queues, |queue| queue.name.as_str(), token, most)
        .map_err(|_| errors::invalid_value("Invalid or expired NextToken."))?;
    Ok((items, next.filter(|_| max_results.is_some())))
}
