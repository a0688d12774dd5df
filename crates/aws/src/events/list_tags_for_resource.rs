//! `ListTagsForResource`: a rule's tags.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTagsForResource.html>

use serde::{Deserialize, Serialize};

use super::rule;
use super::tags::{self, Tag};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct ListTagsForResource;

#[derive(Deserialize)]
pub(super) struct Input {
    #[serde(rename = "ResourceARN")]
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
        let seen = call.backing.control.resources();
        let named = rule::of_arn(&seen, &input.resource_arn, &call.backing.account)?;
        Ok(Output { tags: tags::list(&named.tags) })
    }
}
