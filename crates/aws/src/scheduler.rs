//! EventBridge Scheduler: schedules in groups.

mod create_schedule;
mod create_schedule_group;
mod dates;
mod delete_schedule;
mod delete_schedule_group;
mod errors;
mod get_schedule;
mod get_schedule_group;
mod group;
mod list_schedule_groups;
mod list_schedules;
mod list_tags_for_resource;
mod settings;
mod tag_resource;
mod target;
mod untag_resource;
mod update_schedule;

use serde::Serialize;

use crate::action::Operation;
use crate::constraint;
use crate::error::AwsError;
use crate::page::{Page, page};
use crate::service::Service;

pub(crate) static SERVICE: Service = Service {
    name: "scheduler",
    actions: &[
        Operation::rest::<create_schedule::CreateSchedule>(),
        Operation::rest::<create_schedule_group::CreateScheduleGroup>(),
        Operation::rest::<delete_schedule::DeleteSchedule>(),
        Operation::rest::<delete_schedule_group::DeleteScheduleGroup>(),
        Operation::rest::<get_schedule::GetSchedule>(),
        Operation::rest::<get_schedule_group::GetScheduleGroup>(),
        Operation::rest::<list_schedule_groups::ListScheduleGroups>(),
        Operation::rest::<list_schedules::ListSchedules>(),
        Operation::rest::<list_tags_for_resource::ListTagsForResource>(),
        Operation::rest::<tag_resource::TagResource>(),
        Operation::rest::<untag_resource::UntagResource>(),
        Operation::rest::<update_schedule::UpdateSchedule>(),
    ],
    ..Service::NEW
};

/// An action that answers an object without members.
#[derive(Serialize)]
struct Done {}

/// The most of a list at once, and what is listed when nothing is said.
const MOST: usize = 100;

/// A page of a list, and the token of the next.
fn pages<T>(
    all: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    token: Option<&str>,
    most: Option<i64>,
) -> Result<(Vec<T>, Option<String>), AwsError> {
    let most = match most {
        None => MOST,
        Some(most) => constraint::within(most, "maxResults", 1..=100)?.try_into().unwrap_or(MOST),
    };
    let keyed = all.into_iter().map(|item| (key(&item), item));
    let Page { items, next } = page(keyed, |(key, _)| key, token, most)
        .map_err(|_| errors::invalid("Invalid NextToken."))?;
    Ok((items.into_iter().map(|(_, item)| item).collect(), next))
}
