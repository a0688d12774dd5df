//! `TagResource`: adds tags to a function.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html>

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{change, named};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct TagResource;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    resource: String,
    tags: BTreeMap<String, String>,
}

impl Action for TagResource {
    const NAME: &'static str = "TagResource";
    type Input<'a> = Input;
    type Output = ();

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<(), AwsError> {
        let named = named::find(call, &input.resource, None)?;
        change::settings(call, &named.function, |settings| {
            settings.tags.extend(input.tags.clone());
        })
        .await
    }
}

impl RestAction for TagResource {
    const ROUTE: Route = Route::new("POST", "/2017-03-31/tags/{Resource}");
    const STATUS: u16 = 204;
}
