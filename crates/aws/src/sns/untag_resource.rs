//! `UntagResource`: removes tags from a topic.
//! <https://docs.aws.amazon.com/sns/latest/api/API_UntagResource.html>

use model::{ResourceChange, Topic};
use serde::Deserialize;

use super::{Empty, arns, errors};
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) struct UntagResource;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    resource_arn: String,
    tag_keys: Vec<String>,
}

impl Action for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Input<'a> = Input;
    type Output = Empty;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Empty, AwsError> {
        let arn = arns::parse(&input.resource_arn, "ResourceArn", &call.backing.account)?;
        let untagged = edit(&*call.backing.control, errors::refused, |seen| {
            let topic = seen.get::<Topic>(arn.resource()).ok_or_else(errors::no_resource)?;
            let mut topic = topic.clone();
            topic.tags.retain(|key, _| !input.tag_keys.contains(key));
            Ok((vec![ResourceChange::Keep(topic.into())], ()))
        });
        untagged.await?;
        Ok(Empty {})
    }
}
