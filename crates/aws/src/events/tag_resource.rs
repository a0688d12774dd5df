//! `TagResource`: adds tags to a rule.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TagResource.html>

use serde::Deserialize;

use super::tags::{self, Tag};
use super::{Done, rule};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct TagResource;

#[derive(Deserialize)]
pub(super) struct Input {
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
    #[serde(rename = "Tags")]
    tags: Vec<Tag>,
}

impl Action for TagResource {
    const NAME: &'static str = "TagResource";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let seen = call.backing.control.resources();
        let named = rule::of_arn(&seen, &input.resource_arn, &call.backing.account)?;
        let mut added = Default::default();
        tags::add(&mut added, input.tags)?;
        rule::change(call, None, named.name.as_str(), |rule| {
            tags::add(&mut rule.tags, tags::list(&added)).map(|()| Done)
        })
        .await
    }
}
