//! `TagResource`: adds tags to a function.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html>

use std::collections::BTreeMap;

use serde::Deserialize;

use super::problem::invalid;
use super::{change, named};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;
use crate::tag;

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
        check(&input.tags)?;
        change::settings(call, &named.function, |settings| {
            settings.tags.extend(input.tags.clone());
        })
        .await
    }
}

pub(super) fn check(tags: &BTreeMap<String, String>) -> Result<(), AwsError> {
    if tags.keys().any(|key| tag::is_reserved(key)) { Err(invalid(tag::RESERVED)) } else { Ok(()) }
}

impl RestAction for TagResource {
    const ROUTE: Route = Route::new("POST", "/2017-03-31/tags/{Resource}");
    const STATUS: u16 = 204;
}
