//! `DeleteSchedule`: removes a schedule.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteSchedule.html>

use model::{Declared, ResourceChange, ResourceId, Schedule};

use super::Done;
use super::errors;
use super::get_schedule::{Input, find};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct DeleteSchedule;

impl Action for DeleteSchedule {
    const NAME: &'static str = "DeleteSchedule";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let deleted = edit(&*call.backing.control, errors::refused, |seen| {
            let (schedule, _) = find(seen, &input)?;
            let id = ResourceId::of::<Schedule>(schedule.name());
            Ok((vec![ResourceChange::Forget(id)], Done {}))
        });
        deleted.await
    }
}

impl RestAction for DeleteSchedule {
    const ROUTE: Route = Route::new("DELETE", "/schedules/{Name}");
}
