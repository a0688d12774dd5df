//! `ListTagsForResource`: a parameter's tags.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListTagsForResource.html>

use model::StoredParameter;
use serde::{Deserialize, Serialize};

use super::add_tags_to_resource::{Tag, check_type, not_found};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct ListTagsForResource;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    resource_type: String,
    resource_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    tag_list: Vec<Tag>,
}

impl Action for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        check_type(&input.resource_type)?;
        let seen = call.backing.control.resources();
        let parameter = seen.get::<StoredParameter>(&input.resource_id);
        let parameter = parameter.ok_or_else(|| not_found(&input.resource_id))?;
        let tags = parameter.tags.clone().into_iter();
        Ok(Output { tag_list: tags.map(|(key, value)| Tag { key, value }).collect() })
    }
}
