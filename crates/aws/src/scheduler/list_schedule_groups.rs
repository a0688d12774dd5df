//! `ListScheduleGroups`: all groups, or those whose names begin so, in pages.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListScheduleGroups.html>

use model::{ScheduleGroup, ScheduleGroupName};
use serde::{Deserialize, Serialize};

use super::group::Shown;
use super::pages;
use crate::action::{Action, RestAction};
use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::Route;

pub(super) struct ListScheduleGroups;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name_prefix: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    schedule_groups: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Action for ListScheduleGroups {
    const NAME: &'static str = "ListScheduleGroups";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let account = &call.backing.account;
        let seen = call.backing.control.resources();
        let made = seen.all::<ScheduleGroup>().map(|group| {
            let kept = seen.find::<ScheduleGroup>(&group.name).map(|(_, kept)| kept);
            Shown::of(&group.name, kept, account)
        });
        let mut all: Vec<Shown> = made.collect();
        all.push(Shown::of(&ScheduleGroupName::default(), None, account));
        all.sort_by(|a, b| a.name.cmp(&b.name));
        let prefix = input.name_prefix.unwrap_or_default();
        all.retain(|group| group.name.starts_with(&prefix));
        let key = |group: &Shown| group.name.clone();
        let token = input.next_token.as_deref();
        let (schedule_groups, next_token) = pages(all, key, token, input.max_results)?;
        Ok(Output { schedule_groups, next_token })
    }
}

impl RestAction for ListScheduleGroups {
    const ROUTE: Route = Route::new("GET", "/schedule-groups");
}
