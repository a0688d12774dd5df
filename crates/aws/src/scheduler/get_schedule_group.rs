//! `GetScheduleGroup`: one group of schedules.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetScheduleGroup.html>

use serde::Deserialize;

use super::group::{self, Shown};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct GetScheduleGroup;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    pub(super) name: String,
}

impl Action for GetScheduleGroup {
    const NAME: &'static str = "GetScheduleGroup";
    type Input<'a> = Input;
    type Output = Shown;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Shown, AwsError> {
        let name = group::name(Some(&input.name))?;
        let seen = call.backing.control.resources();
        let kept = if group::is_default(&name) { None } else { Some(group::find(&seen, &name)?.1) };
        Ok(Shown::of(&name, kept, &call.backing.account))
    }
}

impl RestAction for GetScheduleGroup {
    const ROUTE: Route = Route::new("GET", "/schedule-groups/{Name}");
}
