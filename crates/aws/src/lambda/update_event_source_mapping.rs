//! `UpdateEventSourceMapping`: changes the settings that are given.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html>

use model::ResourceChange;
use serde::Deserialize;

use super::event_source_mappings::{Settings, Shown, State, check, find, refused, timeout};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct UpdateEventSourceMapping;

#[derive(Deserialize)]
pub(super) struct Input {
    #[serde(rename = "UUID")]
    uuid: String,
    #[serde(flatten)]
    settings: Settings,
}

impl Action for UpdateEventSourceMapping {
    const NAME: &'static str = "UpdateEventSourceMapping";
    type Input<'a> = Input;
    type Output = Shown;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Shown, AwsError> {
        let account = &call.backing.account;
        let Input { uuid, settings } = input;
        let mut wanted = find(&call.backing.control.resources(), &uuid)?.0.clone();
        settings.clone().apply(&mut wanted, account)?;
        // What takes no messages may always be set so.
        let timeout = if wanted.enabled { timeout::of(call, &wanted).await } else { None };
        let changed = edit(&*call.backing.control, refused, |seen| {
            let (there, _) = find(seen, &uuid)?;
            let mut mapping = there.clone();
            settings.clone().apply(&mut mapping, account)?;
            check(&mapping, seen, timeout)?;
            let is_same = mapping == *there;
            let changes = if is_same {
                Vec::new()
            } else {
                vec![ResourceChange::Keep(mapping.clone().into())]
            };
            Ok((changes, mapping))
        });
        let mapping = changed.await?;
        let now = call.backing.clock.timestamp();
        Ok(Shown::of(&mapping, now, State::Updating, account))
    }
}

impl RestAction for UpdateEventSourceMapping {
    const ROUTE: Route = Route::new("PUT", "/2015-03-31/event-source-mappings/{UUID}");
    const STATUS: u16 = 202;
}
