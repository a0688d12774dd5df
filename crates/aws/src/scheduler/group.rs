//! Groups of schedules as requests name them.

use model::{
    Account, Arn, Kept, Place, Schedule, ScheduleGroup, ScheduleGroupName, ScheduleName, Snapshot,
};
use serde::Serialize;

use super::{dates, errors};
use crate::constraint;
use crate::error::AwsError;

pub(super) fn name(text: Option<&str>) -> Result<ScheduleGroupName, AwsError> {
    let Some(text) = text else { return Ok(ScheduleGroupName::default()) };
    ScheduleGroupName::parse(text).map_err(|_| bad_name(text, "groupName"))
}

pub(super) fn schedule_name(text: &str) -> Result<ScheduleName, AwsError> {
    ScheduleName::parse(text).map_err(|_| bad_name(text, "name"))
}

fn bad_name(text: &str, member: &str) -> AwsError {
    let rule = if text.chars().count() > 64 {
        "have length less than or equal to 64"
    } else {
        "satisfy regular expression pattern: ^[0-9a-zA-Z-_.]+$"
    };
    constraint::broken(text, member, rule)
}

pub(super) fn is_default(name: &ScheduleGroupName) -> bool {
    *name == ScheduleGroupName::default()
}

/// The group `default` is always there.
pub(super) fn check(seen: &Snapshot, name: &ScheduleGroupName) -> Result<(), AwsError> {
    if is_default(name) || seen.get::<ScheduleGroup>(name).is_some() {
        return Ok(());
    }
    Err(errors::no_group(name.as_str()))
}

/// The group itself; the default one has no tags and nothing else to change.
pub(super) fn find<'a>(
    seen: &'a Snapshot,
    name: &ScheduleGroupName,
) -> Result<(&'a ScheduleGroup, &'a Kept), AwsError> {
    seen.find::<ScheduleGroup>(name).ok_or_else(|| errors::no_group(name.as_str()))
}

/// The group of an ARN, whose tags are meant.
pub(super) fn of_arn(text: &str, account: &Account) -> Result<ScheduleGroupName, AwsError> {
    let invalid = || errors::invalid(format!("{text} is not the ARN of a schedule group."));
    let arn = Arn::parse(text).filter(|arn| arn.service() == "scheduler").ok_or_else(invalid)?;
    let named = arn.resource().strip_prefix("schedule-group/");
    let named = named.and_then(|name| ScheduleGroupName::parse(name).ok()).ok_or_else(invalid)?;
    match account.place_of(&arn) {
        Place::Here => Ok(named),
        _ => Err(errors::no_group(named.as_str())),
    }
}

pub(super) fn arn(name: &ScheduleGroupName, account: &Account) -> String {
    account.arn("scheduler", format_args!("schedule-group/{name}")).to_string()
}

pub(super) fn schedules<'a>(
    seen: &'a Snapshot,
    group: &ScheduleGroupName,
) -> impl Iterator<Item = &'a Schedule> {
    seen.all::<Schedule>().filter(move |schedule| schedule.group == *group)
}

/// As answers show it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Shown {
    arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    creation_date: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modification_date: Option<f64>,
    pub(super) name: String,
    state: &'static str,
}

impl Shown {
    /// The default group came with the server: it has no dates.
    pub(super) fn of(name: &ScheduleGroupName, kept: Option<&Kept>, account: &Account) -> Self {
        Self {
            arn: arn(name, account),
            creation_date: kept.map(|kept| dates::shown(kept.created)),
            last_modification_date: kept.map(|kept| dates::shown(kept.updated)),
            name: name.to_string(),
            state: "ACTIVE",
        }
    }
}
