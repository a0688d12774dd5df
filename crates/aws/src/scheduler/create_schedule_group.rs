//! `CreateScheduleGroup`: makes a group of schedules.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateScheduleGroup.html>

use std::collections::BTreeMap;

use model::{ResourceChange, ScheduleGroup};
use serde::{Deserialize, Serialize};

use super::{errors, group, settings};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;
use crate::events::tags::{self, Tag};
use crate::protocol::Route;

pub(super) struct CreateScheduleGroup;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: String,
    #[serde(default)]
    tags: Vec<Tag>,
    client_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    schedule_group_arn: String,
}

impl Action for CreateScheduleGroup {
    const NAME: &'static str = "CreateScheduleGroup";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let name = group::name(Some(&input.name))?;
        let client_token = input.client_token.map(settings::client_token).transpose()?;
        let mut wanted = ScheduleGroup { name, tags: BTreeMap::new(), client_token };
        tags::add(&mut wanted.tags, input.tags)?;
        let made = edit(&*call.backing.control, errors::refused, |seen| {
            // A call whose answer was lost is made again.
            let there = seen.get::<ScheduleGroup>(&wanted.name);
            if wanted.client_token.is_some() && there == Some(&wanted) {
                return Ok((Vec::new(), ()));
            }
            if group::check(seen, &wanted.name).is_ok() {
                let message = format!("Schedule group {} already exists.", wanted.name);
                return Err(errors::conflict(message));
            }
            Ok((vec![ResourceChange::Keep(wanted.clone().into())], ()))
        });
        made.await?;
        Ok(Output { schedule_group_arn: group::arn(&wanted.name, &call.backing.account) })
    }
}

impl RestAction for CreateScheduleGroup {
    const ROUTE: Route = Route::new("POST", "/schedule-groups/{Name}");
}
