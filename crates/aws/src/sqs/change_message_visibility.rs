//! `ChangeMessageVisibility`: hides a received message for longer, or shows it again.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>

use std::borrow::Cow;

use messaging::Change;
use serde::Deserialize;

use super::receive_message::seconds;
use super::{Done, errors, queue_url};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct ChangeMessageVisibility;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    queue_url: Cow<'a, str>,
    receipt_handle: String,
    visibility_timeout: i64,
}

impl Action for ChangeMessageVisibility {
    const NAME: &'static str = "ChangeMessageVisibility";
    type Input<'a> = Input<'a>;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let queue = queue_url::name(&input.queue_url, &call.backing.account)?;
        let change = change(input.receipt_handle.clone(), input.visibility_timeout)?;
        let changed = call.backing.queues.change_visibility(&queue, change).await;
        changed.map(|()| Done).map_err(|error| errors::visibility(error, &input.receipt_handle))
    }
}

pub(super) fn change(receipt_handle: String, timeout: i64) -> Result<Change, AwsError> {
    let visibility = seconds("VisibilityTimeout", Some(timeout))?.unwrap_or_default();
    Ok(Change { receipt_handle, visibility })
}
