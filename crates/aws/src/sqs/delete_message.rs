//! `DeleteMessage`: removes a message that was received.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html>

use std::borrow::Cow;

use serde::Deserialize;

use super::{Done, errors, queue_url};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct DeleteMessage;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input<'a> {
    #[serde(borrow)]
    queue_url: Cow<'a, str>,
    #[serde(borrow)]
    receipt_handle: Cow<'a, str>,
}

impl Action for DeleteMessage {
    const NAME: &'static str = "DeleteMessage";
    type Input<'a> = Input<'a>;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let queue = queue_url::name(&input.queue_url, &call.backing.account)?;
        let deleted = call.backing.queues.delete(&queue, &input.receipt_handle).await;
        deleted.map(|()| Done).map_err(errors::queue)
    }
}
