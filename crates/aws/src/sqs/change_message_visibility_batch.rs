//! `ChangeMessageVisibilityBatch`: the same for up to ten messages.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html>

use std::borrow::Cow;

use serde::Deserialize;

use super::change_message_visibility::change;
use super::{batch, errors, queue_url};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct ChangeMessageVisibilityBatch;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    queue_url: Cow<'a, str>,
    #[serde(alias = "ChangeMessageVisibilityBatchRequestEntry")]
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: String,
    receipt_handle: String,
    visibility_timeout: Option<i64>,
}

impl Action for ChangeMessageVisibilityBatch {
    const NAME: &'static str = "ChangeMessageVisibilityBatch";
    type Input<'a> = Input<'a>;
    type Output = batch::Output<batch::Success>;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Self::Output, AwsError> {
        let queue = queue_url::name(&input.queue_url, &call.backing.account)?;
        let ids = input.entries.iter().map(|entry| entry.id.as_str());
        batch::check("ChangeMessageVisibilityBatchRequestEntry", ids)?;
        let mut changes = Vec::with_capacity(input.entries.len());
        let mut results = Vec::with_capacity(input.entries.len());
        for entry in input.entries {
            let timeout =
                entry.visibility_timeout.ok_or_else(|| errors::missing("VisibilityTimeout"));
            let read = timeout.and_then(|timeout| change(entry.receipt_handle.clone(), timeout));
            let read = read.map(|change| changes.push(change));
            results.push((entry.id, read.map(|()| entry.receipt_handle)));
        }
        let changed = call.backing.queues.change_visibility_batch(&queue, changes).await;
        let mut changed = changed.map_err(errors::queue)?.into_iter();
        let results = results.into_iter().map(|(id, read)| {
            let told = read.and_then(|handle| {
                let changed = changed.next().expect("one result for each change");
                changed.map_err(|error| errors::visibility(error, &handle))
            });
            (id, told)
        });
        Ok(batch::output(results, batch::success))
    }
}
