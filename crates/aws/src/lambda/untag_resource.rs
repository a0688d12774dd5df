//! `UntagResource`: takes tags from a function.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_UntagResource.html>

use serde::Deserialize;

use super::{change, tags};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct UntagResource;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    resource: String,
    #[serde(rename = "tagKeys")]
    tag_keys: Vec<String>,
}

impl Action for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Input<'a> = Input;
    type Output = ();

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<(), AwsError> {
        let named = tags::find(call, &input.resource)?;
        change::settings(call, &named, |settings| {
            settings.tags.retain(|key, _| !input.tag_keys.contains(key));
            Ok(())
        })
        .await
    }
}

impl RestAction for UntagResource {
    const ROUTE: Route = Route::new("DELETE", "/2017-03-31/tags/{Resource}");
    const STATUS: u16 = 204;
}
