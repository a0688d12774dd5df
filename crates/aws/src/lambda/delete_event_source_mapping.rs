//! `DeleteEventSourceMapping`: the function gets no more messages; batches under way are settled.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html>

use model::{EventSourceMapping, ResourceChange, ResourceId};

use super::event_source_mappings::{Shown, State, find, refused};
use super::get_event_source_mapping::Input;
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct DeleteEventSourceMapping;

impl Action for DeleteEventSourceMapping {
    const NAME: &'static str = "DeleteEventSourceMapping";
    type Input<'a> = Input;
    type Output = Shown;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Shown, AwsError> {
        let account = &call.backing.account;
        let deleted = edit(&*call.backing.control, refused, |seen| {
            let (mapping, kept) = find(seen, &input.uuid)?;
            let shown = Shown::of(mapping, kept.updated, State::Deleting, account);
            let id = ResourceId::of::<EventSourceMapping>(&mapping.id);
            Ok((vec![ResourceChange::Forget(id)], shown))
        });
        deleted.await
    }
}

impl RestAction for DeleteEventSourceMapping {
    const ROUTE: Route = Route::new("DELETE", "/2015-03-31/event-source-mappings/{UUID}");
    const STATUS: u16 = 202;
}
