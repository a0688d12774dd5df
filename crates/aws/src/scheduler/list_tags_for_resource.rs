//! `ListTagsForResource`: the tags of a group of schedules.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListTagsForResource.html>

use serde::{Deserialize, Serialize};

use super::group;
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::events::tags::{self, Tag};
use crate::protocol::Route;

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
        let name = group::of_arn(&input.resource_arn, &call.backing.account)?;
        let seen = call.backing.control.resources();
        let tags = if group::is_default(&name) {
            Vec::new()
        } else {
            tags::list(&group::find(&seen, &name)?.0.tags)
        };
        Ok(Output { tags })
    }
}

impl RestAction for ListTagsForResource {
    const ROUTE: Route = Route::new("GET", "/tags/{ResourceArn}");
}
