//! `DeleteMessageBatch`: removes up to ten messages that were received.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html>

use std::borrow::Cow;

use serde::Deserialize;

use super::{batch, errors, queue_url};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct DeleteMessageBatch;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    queue_url: Cow<'a, str>,
    #[serde(alias = "DeleteMessageBatchRequestEntry")]
    entries: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    id: String,
    #[serde(borrow)]
    receipt_handle: Cow<'a, str>,
}

impl Action for DeleteMessageBatch {
    const NAME: &'static str = "DeleteMessageBatch";
    type Input<'a> = Input<'a>;
    type Output = batch::Output<batch::Success>;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Self::Output, AwsError> {
        let queue = queue_url::name(&input.queue_url, &call.backing.account)?;
        let ids = input.entries.iter().map(|entry| entry.id.as_str());
        batch::check("DeleteMessageBatchRequestEntry", ids)?;
        let handles: Vec<_> = input.entries.iter().map(|entry| &*entry.receipt_handle).collect();
        let deleted = call.backing.queues.delete_batch(&queue, &handles).await;
        let deleted = deleted.map_err(errors::queue)?.into_iter();
        let ids: Vec<_> = input.entries.into_iter().map(|entry| entry.id).collect();
        let results = deleted.map(|result| result.map_err(errors::queue));
        Ok(batch::output(ids.into_iter().zip(results), batch::success))
    }
}
