//! `ListTags`: a function's tags.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html>

use serde::{Deserialize, Serialize};

use super::named;
use super::tags::{self, Tags};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct ListTags;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    resource: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    tags: Tags,
}

impl Action for ListTags {
    const NAME: &'static str = "ListTags";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let named = tags::find(call, &input.resource)?;
        let settings = named::settings(&call.backing.control.resources(), &named.function);
        Ok(Output { tags: settings.tags })
    }
}

impl RestAction for ListTags {
    const ROUTE: Route = Route::new("GET", "/2017-03-31/tags/{Resource}");
}
