//! `ListSchedules`: schedules of one group or all, in pages.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html>

use model::{Declared, Schedule};
use serde::{Deserialize, Serialize};

use super::get_schedule::state;
use super::{dates, group, pages};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::constraint;
use crate::error::AwsError;
use crate::protocol::Route;

const STATES: [&str; 2] = ["ENABLED", "DISABLED"];

pub(super) struct ListSchedules;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    schedule_group: Option<String>,
    name_prefix: Option<String>,
    state: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    schedules: Vec<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    creation_date: Option<f64>,
    group_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modification_date: Option<f64>,
    name: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<TargetSummary>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TargetSummary {
    arn: String,
}

impl Action for ListSchedules {
    const NAME: &'static str = "ListSchedules";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let seen = call.backing.control.resources();
        let group =
            input.schedule_group.as_deref().map(|text| group::name(Some(text))).transpose()?;
        if let Some(group) = &group {
            group::check(&seen, group)?;
        }
        if let Some(other) = input.state.as_deref().filter(|asked| !STATES.contains(asked)) {
            return Err(constraint::not_in(other, "state", "[ENABLED, DISABLED]"));
        }
        let prefix = input.name_prefix.unwrap_or_default();
        let is_asked = |schedule: &&Schedule| {
            let is_of_group = group.as_ref().is_none_or(|group| *group == schedule.group);
            let is_of_state = input.state.as_deref().is_none_or(|asked| asked == state(schedule));
            is_of_group && is_of_state && schedule.name.as_str().starts_with(&prefix)
        };
        let named = seen.all::<Schedule>().filter(is_asked);
        let key = |schedule: &&Schedule| schedule.name();
        let token = input.next_token.as_deref();
        let (schedules, next_token) = pages(named, key, token, input.max_results)?;
        let summary = |schedule: &Schedule| {
            let kept = seen.find::<Schedule>(schedule.name()).map(|(_, kept)| kept);
            Summary {
                arn: schedule.arn(&call.backing.account).to_string(),
                creation_date: kept.map(|kept| dates::shown(kept.created)),
                group_name: schedule.group.to_string(),
                last_modification_date: kept.map(|kept| dates::shown(kept.updated)),
                name: schedule.name.to_string(),
                state: state(schedule),
                target: schedule
                    .targets
                    .first()
                    .map(|target| TargetSummary { arn: target.arn.to_string() }),
            }
        };
        Ok(Output { schedules: schedules.into_iter().map(summary).collect(), next_token })
    }
}

impl RestAction for ListSchedules {
    const ROUTE: Route = Route::new("GET", "/schedules");
}
