//! `UpdateSchedule`: replaces a schedule's settings, all of them.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html>

use model::{Declared, ResourceChange, Schedule};

use super::create_schedule::Output;
use super::errors;
use super::group;
use super::settings::Settings;
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct UpdateSchedule;

impl Action for UpdateSchedule {
    const NAME: &'static str = "UpdateSchedule";
    type Input<'a> = Settings;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let wanted = input.declared(call.backing.clock.timestamp())?;
        let changed = edit(&*call.backing.control, errors::refused, |seen| {
            group::check(seen, &wanted.group)?;
            let there = seen.get::<Schedule>(wanted.name());
            let there = there.ok_or_else(|| errors::no_schedule(wanted.name.as_str()))?;
            // What is missed is declared by manifests alone, and the token is that of its making.
            let client_token = there.client_token.clone();
            let schedule = Schedule { missed: there.missed, client_token, ..wanted.clone() };
            let is_same = schedule == *there;
            let changes =
                if is_same { Vec::new() } else { vec![ResourceChange::Keep(schedule.into())] };
            Ok((changes, ()))
        });
        changed.await?;
        Ok(Output { schedule_arn: wanted.arn(&call.backing.account).to_string() })
    }
}

impl RestAction for UpdateSchedule {
    const ROUTE: Route = Route::new("PUT", "/schedules/{Name}");
}
