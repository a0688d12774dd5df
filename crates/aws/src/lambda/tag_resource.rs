//! `TagResource`: adds tags to a function.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html>

use serde::Deserialize;

use super::tags::Tags;
use super::{change, tags};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct TagResource;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    resource: String,
    tags: Tags,
}

impl Action for TagResource {
    const NAME: &'static str = "TagResource";
    type Input<'a> = Input;
    type Output = ();

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<(), AwsError> {
        let named = tags::find(call, &input.resource)?;
        change::settings(call, &named, |settings| tags::add(&mut settings.tags, &input.tags)).await
    }
}

impl RestAction for TagResource {
    const ROUTE: Route = Route::new("POST", "/2017-03-31/tags/{Resource}");
    const STATUS: u16 = 204;
}
