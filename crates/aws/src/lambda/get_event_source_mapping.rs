//! `GetEventSourceMapping`: one mapping.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html>

use serde::Deserialize;

use super::event_source_mappings::{Shown, find};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct GetEventSourceMapping;

#[derive(Deserialize)]
pub(super) struct Input {
    #[serde(rename = "UUID")]
    pub(super) uuid: String,
}

impl Action for GetEventSourceMapping {
    const NAME: &'static str = "GetEventSourceMapping";
    type Input<'a> = Input;
    type Output = Shown;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Shown, AwsError> {
        let seen = call.backing.control.resources();
        let (mapping, kept) = find(&seen, &input.uuid)?;
        Ok(Shown::at_rest(mapping, kept.updated, &seen, &call.backing.account))
    }
}

impl RestAction for GetEventSourceMapping {
    const ROUTE: Route = Route::new("GET", "/2015-03-31/event-source-mappings/{UUID}");
}
