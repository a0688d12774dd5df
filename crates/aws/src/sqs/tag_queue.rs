//! `TagQueue`: adds tags to a queue.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html>

use serde::Deserialize;

use super::Done;
use super::set_queue_attributes::change;
use super::tags::{self, Tags};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct TagQueue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    queue_url: String,
    #[serde(alias = "Tag")]
    tags: Tags,
}

impl Action for TagQueue {
    const NAME: &'static str = "TagQueue";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        change(call, &input.queue_url, |queue, _| tags::add(&mut queue.tags, &input.tags)).await
    }
}
