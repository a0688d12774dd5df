//! `TagResource`: adds tags to a topic.
//! <https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html>

use model::{ResourceChange, Topic};
use serde::Deserialize;

use super::errors;
use super::tags::{self, Tag};
use super::{Empty, arns};
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) struct TagResource;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    resource_arn: String,
    tags: Vec<Tag>,
}

impl Action for TagResource {
    const NAME: &'static str = "TagResource";
    type Input<'a> = Input;
    type Output = Empty;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Empty, AwsError> {
        let arn = arns::parse(&input.resource_arn, "ResourceArn", &call.backing.account)?;
        let tagged = edit(&*call.backing.control, errors::refused, |seen| {
            let topic = seen.get::<Topic>(arn.resource()).ok_or_else(errors::no_resource)?;
            let mut topic = topic.clone();
            tags::add(&mut topic.tags, &input.tags)?;
            Ok((vec![ResourceChange::Keep(topic.into())], ()))
        });
        tagged.await?;
        Ok(Empty {})
    }
}
