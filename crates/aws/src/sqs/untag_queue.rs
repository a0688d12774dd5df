//! `UntagQueue`: removes tags from a queue.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_UntagQueue.html>

use serde::Deserialize;

use super::Done;
use super::set_queue_attributes::change;
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct UntagQueue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    queue_url: String,
    #[serde(alias = "TagKey")]
    tag_keys: Vec<String>,
}

impl Action for UntagQueue {
    const NAME: &'static str = "UntagQueue";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        change(call, &input.queue_url, |queue, _| {
            queue.tags.retain(|key, _| !input.tag_keys.contains(key));
            Ok(())
        })
        .await
    }
}
