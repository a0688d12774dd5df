//! `RemoveTagsFromResource`: removes tags from a parameter.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_RemoveTagsFromResource.html>

use serde::Deserialize;

use super::Done;
use super::add_tags_to_resource::{change, check_type};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct RemoveTagsFromResource;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    resource_type: String,
    resource_id: String,
    tag_keys: Vec<String>,
}

impl Action for RemoveTagsFromResource {
    const NAME: &'static str = "RemoveTagsFromResource";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        check_type(&input.resource_type)?;
        change(call, &input.resource_id, |tags| {
            tags.retain(|key, _| !input.tag_keys.contains(key));
            Ok(())
        })
        .await
    }
}
