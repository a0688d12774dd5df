//! `GetSchedule`: one schedule with all its settings.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html>

use model::{Account, Kept, Schedule, Snapshot};
use serde::{Deserialize, Serialize};

use super::settings::Window;
use super::target::Target;
use super::{dates, errors, group};
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct GetSchedule;

#[derive(Deserialize)]
pub(super) struct Input {
    #[serde(rename = "Name")]
    pub(super) name: String,
    #[serde(rename = "groupName")]
    pub(super) group_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    arn: String,
    action_after_completion: &'static str,
    creation_date: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<f64>,
    flexible_time_window: Window,
    group_name: String,
    last_modification_date: f64,
    name: String,
    schedule_expression: String,
    schedule_expression_timezone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<f64>,
    state: &'static str,
    /// The first of a manifest's schedule with several.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<Target>,
}

impl Action for GetSchedule {
    const NAME: &'static str = "GetSchedule";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let seen = call.backing.control.resources();
        let (schedule, kept) = find(&seen, &input)?;
        Ok(Output::of(schedule, kept, &call.backing.account))
    }
}

impl RestAction for GetSchedule {
    const ROUTE: Route = Route::new("GET", "/schedules/{Name}");
}

/// The schedule that a request names by itself and its group.
pub(super) fn find<'a>(
    seen: &'a Snapshot,
    input: &Input,
) -> Result<(&'a Schedule, &'a Kept), AwsError> {
    let group = group::name(input.group_name.as_deref())?;
    let name = group::schedule_name(&input.name)?;
    group::check(seen, &group)?;
    let found = seen.find::<Schedule>(format_args!("{group}/{name}"));
    found.ok_or_else(|| errors::no_schedule(name.as_str()))
}

pub(super) fn state(schedule: &Schedule) -> &'static str {
    if schedule.enabled { "ENABLED" } else { "DISABLED" }
}

impl Output {
    fn of(schedule: &Schedule, kept: &Kept, account: &Account) -> Self {
        let timetable = &schedule.timetable;
        Self {
            arn: schedule.arn(account).to_string(),
            action_after_completion: if schedule.once_only { "DELETE" } else { "NONE" },
            creation_date: dates::shown(kept.created),
            description: schedule.description.clone(),
            end_date: timetable.end.map(dates::shown),
            flexible_time_window: Window::shown(schedule.window),
            group_name: schedule.group.to_string(),
            last_modification_date: dates::shown(kept.updated),
            name: schedule.name.to_string(),
            schedule_expression: timetable.expression.to_string(),
            schedule_expression_timezone: timetable.zone.to_string(),
            start_date: timetable.start.map(dates::shown),
            state: state(schedule),
            target: schedule.targets.first().map(Target::shown),
        }
    }
}
