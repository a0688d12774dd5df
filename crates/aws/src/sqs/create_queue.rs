//! `CreateQueue`: makes a queue, or finds one that is the same.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>

use model::{Queue, QueueName, ResourceChange};
use serde::{Deserialize, Serialize};

use super::attributes::{self, Attributes};
use super::errors;
use super::tags::{self, Tags};
use super::{queue_url, set_queue_attributes};
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) struct CreateQueue;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    queue_name: String,
    #[serde(alias = "Attribute", default)]
    attributes: Attributes,
    #[serde(rename = "tags", alias = "Tag", default)]
    tags: Tags,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    queue_url: String,
}

impl Action for CreateQueue {
    const NAME: &'static str = "CreateQueue";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let wanted = wanted(&input)?;
        let account = &call.backing.account;
        let made = edit(&*call.backing.control, errors::refused, |seen| {
            match seen.get::<Queue>(&wanted.name) {
                Some(there) => same(there, &input).map(|()| (Vec::new(), ())),
                None => {
                    set_queue_attributes::check_redrive(&wanted, seen, account)?;
                    Ok((vec![ResourceChange::Keep(wanted.clone().into())], ()))
                }
            }
        });
        made.await?;
        Ok(Output { queue_url: queue_url::of(call, &wanted.name) })
    }
}

/// The queue that is asked for, were there none of its name.
fn wanted(input: &Input) -> Result<Queue, AwsError> {
    let is_fifo = input.attributes.get("FifoQueue").is_some_and(|value| value == "true");
    let name = QueueName::parse(&input.queue_name).ok().filter(|name| name.is_fifo() == is_fifo);
    let name = name.ok_or_else(|| {
        errors::invalid_value(if is_fifo {
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or \
             underscores, must end with .fifo suffix and be 1 to 80 in length."
        } else {
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length."
        })
    })?;
    let mut queue = Queue::new(name);
    attributes::apply(&mut queue, &input.attributes)?;
    tags::add(&mut queue.tags, &input.tags)?;
    Ok(queue)
}

/// A queue of this name is the one that is meant if it has all attributes that were given. Its tags
/// are not looked at.
fn same(there: &Queue, input: &Input) -> Result<(), AwsError> {
    let mut asked = there.clone();
    attributes::apply(&mut asked, &input.attributes)?;
    let (before, after) = (attributes::declared(there), attributes::declared(&asked));
    let differing =
        after.iter().chain(&before).find(|one| !before.contains(one) || !after.contains(one));
    let Some((attribute, _)) = differing else { return Ok(()) };
    let message = format!(
        "A queue already exists with the same name and a different value for attribute {attribute}"
    );
    let status = http::StatusCode::BAD_REQUEST;
    Err(AwsError::bad("QueueNameExists", message).in_query("QueueAlreadyExists", status))
}
