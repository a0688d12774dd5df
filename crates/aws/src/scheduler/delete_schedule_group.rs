//! `DeleteScheduleGroup`: removes a group with all its schedules.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteScheduleGroup.html>

use model::{Declared, ResourceChange, ResourceId, Schedule, ScheduleGroup};

use super::Done;
use super::errors;
use super::get_schedule_group::Input;
use super::group;
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct DeleteScheduleGroup;

impl Action for DeleteScheduleGroup {
    const NAME: &'static str = "DeleteScheduleGroup";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        let name = group::name(Some(&input.name))?;
        if group::is_default(&name) {
            return Err(errors::invalid("The default schedule group can not be deleted."));
        }
        let deleted = edit(&*call.backing.control, errors::refused, |seen| {
            group::find(seen, &name)?;
            let schedules = group::schedules(seen, &name);
            let ids = schedules.map(|schedule| ResourceId::of::<Schedule>(schedule.name()));
            let group = ResourceId::of::<ScheduleGroup>(&name);
            Ok((ids.chain([group]).map(ResourceChange::Forget).collect(), Done {}))
        });
        deleted.await
    }
}

impl RestAction for DeleteScheduleGroup {
    const ROUTE: Route = Route::new("DELETE", "/schedule-groups/{Name}");
}
