//! `UntagResource`: removes tags from a rule.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_UntagResource.html>

use serde::Deserialize;

use super::{Done, rule};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct UntagResource;

#[derive(Deserialize)]
pub(super) struct Input {
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
    #[serde(rename = "TagKeys")]
    tag_keys: Vec<String>,
}

impl Action for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let seen = call.backing.control.resources();
        let named = rule::of_arn(&seen, &input.resource_arn, &call.backing.account)?;
        rule::change(call, None, named.name.as_str(), |rule| {
            rule.tags.retain(|key, _| !input.tag_keys.contains(key));
            Ok(Done)
        })
        .await
    }
}
