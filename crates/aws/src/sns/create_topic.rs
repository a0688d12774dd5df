//! `CreateTopic`: makes a topic, or finds one that is the same.
//! <https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html>

use model::{ResourceChange, Topic, TopicName};
use serde::{Deserialize, Serialize};

use super::errors;
use super::tags::{self, Tag};
use super::{Attributes, topic_attributes};
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) struct CreateTopic;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: String,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default)]
    tags: Vec<Tag>,
    data_protection_policy: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    topic_arn: String,
}

impl Action for CreateTopic {
    const NAME: &'static str = "CreateTopic";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let wanted = wanted(&input)?;
        let made = edit(&*call.backing.control, errors::refused, |seen| {
            match seen.get::<Topic>(&wanted.name) {
                Some(there) => same(there, &input).map(|()| (Vec::new(), ())),
                None => Ok((vec![ResourceChange::Keep(wanted.clone().into())], ())),
            }
        });
        made.await?;
        Ok(Output { topic_arn: wanted.arn(&call.backing.account).to_string() })
    }
}

/// The topic that is asked for, were there none of its name.
fn wanted(input: &Input) -> Result<Topic, AwsError> {
    if input.data_protection_policy.is_some() {
        return Err(errors::invalid("DataProtectionPolicy: not supported by this server"));
    }
    let is_fifo = input.attributes.get("FifoTopic").is_some_and(|value| value == "true");
    let name = TopicName::parse(&input.name).ok().filter(|name| name.is_fifo() == is_fifo);
    let name = name.ok_or_else(|| {
        errors::invalid(if is_fifo {
            "Fifo Topic names must end with .fifo and must be made up of only uppercase and \
             lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 \
             and 256 characters long."
        } else {
            "Topic Name"
        })
    })?;
    let mut topic = Topic::new(name);
    topic_attributes::set_all(&mut topic, &input.attributes)?;
    tags::add(&mut topic.tags, &input.tags)?;
    Ok(topic)
}

/// A topic of this name is the one that is meant if it has all that was given.
fn same(there: &Topic, input: &Input) -> Result<(), AwsError> {
    let mut asked = there.clone();
    topic_attributes::set_all(&mut asked, &input.attributes)?;
    if topic_attributes::declared(&asked) != topic_attributes::declared(there) {
        let reason = "Attributes Reason: Topic already exists with different attributes";
        return Err(errors::invalid(reason));
    }
    tags::add(&mut asked.tags, &input.tags)?;
    if asked.tags != there.tags {
        let reason = "Tags Reason: Topic already exists with different tags";
        return Err(errors::invalid(reason));
    }
    Ok(())
}
