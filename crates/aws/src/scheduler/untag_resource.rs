//! `UntagResource`: removes tags from a group of schedules.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UntagResource.html>

use serde::Deserialize;

use super::Done;
use super::tag_resource::change;
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct UntagResource;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    resource_arn: String,
    #[serde(default)]
    tag_keys: Vec<String>,
}

impl Action for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        change(call, &input.resource_arn, |tags| {
            tags.retain(|key, _| !input.tag_keys.contains(key));
            Ok(())
        })
        .await
    }
}

impl RestAction for UntagResource {
    const ROUTE: Route = Route::new("DELETE", "/tags/{ResourceArn}");
}
