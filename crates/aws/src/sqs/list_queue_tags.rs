//! `ListQueueTags`: a queue's tags.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueueTags.html>

use serde::{Deserialize, Serialize};

use super::queue_url;
use super::tags::Tags;
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct ListQueueTags;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    queue_url: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(skip_serializing_if = "Tags::is_empty")]
    tags: Tags,
}

impl Action for ListQueueTags {
    const NAME: &'static str = "ListQueueTags";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let seen = call.backing.control.resources();
        Ok(Output {
            tags: queue_url::find(&input.queue_url, &seen, &call.backing.account)?.tags.clone(),
        })
    }
}
