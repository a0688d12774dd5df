//! `ListTagsForResource`: a topic's tags.
//! <https://docs.aws.amazon.com/sns/latest/api/API_ListTagsForResource.html>

use model::Topic;
use serde::{Deserialize, Serialize};

use super::tags::{self, Tag};
use super::{arns, errors};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct ListTagsForResource;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    resource_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    tags: Vec<Tag>,
}

impl Action for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let arn = arns::parse(&input.resource_arn, "ResourceArn", &call.backing.account)?;
        let seen = call.backing.control.resources();
        let topic = seen.get::<Topic>(arn.resource()).ok_or_else(errors::no_resource)?;
        Ok(Output { tags: tags::list(&topic.tags) })
    }
}
