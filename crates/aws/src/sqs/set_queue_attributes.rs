//! `SetQueueAttributes`: changes how a queue treats its messages.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>

use model::{Account, Queue, RedriveAllow, ResourceChange, Snapshot};
use serde::Deserialize;

use super::attributes::{self, Attributes};
use super::{Done, errors, queue_url, redrive_policy};
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::lambda::event_source_mappings::timeout;

pub(super) struct SetQueueAttributes;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    queue_url: String,
    #[serde(alias = "Attribute")]
    attributes: Attributes,
}

impl Action for SetQueueAttributes {
    const NAME: &'static str = "SetQueueAttributes";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let account = &call.backing.account;
        let done = change(call, &input.queue_url, |queue, seen| {
            attributes::apply(queue, &input.attributes)?;
            // Its dead-letter queue may be gone by now, which is in the way of nothing else.
            if !input.attributes.contains_key("RedrivePolicy") {
                return Ok(());
            }
            check_redrive(queue, seen, account)
        })
        .await?;
        if input.attributes.contains_key("VisibilityTimeout") {
            let queue = queue_url::name(&input.queue_url, &call.backing.account)?;
            timeout::warn_of_short(call, |mapping| {
                mapping.queue_name().is_some_and(|name| name.as_str() == queue.as_str())
            })
            .await;
        }
        Ok(done)
    }
}

/// Changes the queue of a URL.
pub(super) async fn change(
    call: &Call<'_>,
    url: &str,
    mut by: impl FnMut(&mut Queue, &Snapshot) -> Result<(), AwsError>,
) -> Result<Done, AwsError> {
    let edited = edit(&*call.backing.control, errors::refused, |seen| {
        let mut queue = queue_url::find(url, seen, &call.backing.account)?.clone();
        by(&mut queue, seen)?;
        Ok((vec![ResourceChange::Keep(queue.into())], Done))
    });
    edited.await
}

/// Dead letters go to a queue of the same kind which wants them.
pub(super) fn check_redrive(
    queue: &Queue,
    seen: &Snapshot,
    account: &Account,
) -> Result<(), AwsError> {
    let Some(redrive) = &queue.redrive else { return Ok(()) };
    let wrong =
        |reason: &str| errors::value("RedrivePolicy", redrive_policy::write(redrive), reason);
    if let Some(way) = queue.dead_letter_circle(seen) {
        return Err(wrong(&match way.len() {
            2 => "A queue cannot be its own dead-letter queue.".to_owned(),
            _ => format!("Dead letters go round in a circle: {}.", way.join(" -> ")),
        }));
    }
    let Some(dead_letters) = seen.get::<Queue>(redrive.to.resource()) else {
        return Err(wrong("Dead letter target does not exist."));
    };
    if dead_letters.fifo.is_some() != queue.fifo.is_some() {
        return Err(wrong("Dead-letter queue must be same type of queue as the source."));
    }
    let is_allowed = match &dead_letters.redrive_allow {
        RedriveAllow::All => true,
        RedriveAllow::None => false,
        RedriveAllow::Only(arns) => arns.contains(&account.arn("sqs", &queue.name)),
    };
    if !is_allowed {
        return Err(wrong(
            "The dead-letter queue's redrive allow policy does not allow this queue.",
        ));
    }
    Ok(())
}
