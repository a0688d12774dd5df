//! `CreateSchedule`: makes a schedule.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html>

use model::{Declared, ResourceChange, Schedule};
use serde::Serialize;

use super::errors;
use super::group;
use super::settings::Settings;
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct CreateSchedule;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    pub(super) schedule_arn: String,
}

impl Action for CreateSchedule {
    const NAME: &'static str = "CreateSchedule";
    type Input<'a> = Settings;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let wanted = input.declared(call.backing.clock.timestamp())?;
        let made = edit(&*call.backing.control, errors::refused, |seen| {
            group::check(seen, &wanted.group)?;
            let there = seen.get::<Schedule>(wanted.name());
            // A call whose answer was lost is made again.
            if wanted.client_token.is_some() && there == Some(&wanted) {
                return Ok((Vec::new(), ()));
            }
            if there.is_some() {
                let message = format!("Schedule {} already exists.", wanted.name);
                return Err(errors::conflict(message));
            }
            Ok((vec![ResourceChange::Keep(wanted.clone().into())], ()))
        });
        made.await?;
        Ok(Output { schedule_arn: wanted.arn(&call.backing.account).to_string() })
    }
}

impl RestAction for CreateSchedule {
    const ROUTE: Route = Route::new("POST", "/schedules/{Name}");
}
