//! EventBridge: the default bus, its rules and their targets.

mod delete_rule;
mod describe_event_bus;
mod describe_rule;
mod disable_rule;
mod enable_rule;
mod errors;
mod list_event_buses;
mod list_rule_names_by_target;
mod list_rules;
mod list_tags_for_resource;
mod list_targets_by_rule;
mod put_events;
mod put_rule;
mod put_targets;
mod remove_targets;
mod rule;
mod tag_resource;
pub(crate) mod tags;
pub(crate) mod target;
mod test_event_pattern;
mod untag_resource;

use serde::Serialize;

use crate::action::Operation;
use crate::constraint;
use crate::error::AwsError;
use crate::page::{Page, page};
use crate::service::Service;

pub(crate) static SERVICE: Service = Service {
    name: "events",
    target: Some("AWSEvents"),
    actions: &[
        Operation::json::<put_events::PutEvents>(),
        Operation::json::<delete_rule::DeleteRule>(),
        Operation::json::<describe_event_bus::DescribeEventBus>(),
        Operation::json::<describe_rule::DescribeRule>(),
        Operation::json::<disable_rule::DisableRule>(),
        Operation::json::<enable_rule::EnableRule>(),
        Operation::json::<list_event_buses::ListEventBuses>(),
        Operation::json::<list_rule_names_by_target::ListRuleNamesByTarget>(),
        Operation::json::<list_rules::ListRules>(),
        Operation::json::<list_tags_for_resource::ListTagsForResource>(),
        Operation::json::<list_targets_by_rule::ListTargetsByRule>(),
        Operation::json::<put_rule::PutRule>(),
        Operation::json::<put_targets::PutTargets>(),
        Operation::json::<remove_targets::RemoveTargets>(),
        Operation::json::<tag_resource::TagResource>(),
        Operation::json::<test_event_pattern::TestEventPattern>(),
        Operation::json::<untag_resource::UntagResource>(),
    ],
    ..Service::NEW
};

/// An action that answers nothing.
#[derive(Serialize)]
struct Done;

/// An action on several targets, which does all or nothing.
#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
struct NoneFailed {
    failed_entry_count: u32,
    failed_entries: [(); 0],
}

/// The most of a list at once, and what is listed when nothing is said.
const MOST: usize = 100;

fn most(limit: Option<i64>) -> Result<usize, AwsError> {
    let Some(limit) = limit else { return Ok(MOST) };
    Ok(constraint::within(limit, "limit", 1..=100)?.try_into().unwrap_or(MOST))
}

/// A page of a list, and the token of the next.
fn pages<T>(
    all: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    token: Option<&str>,
    most: usize,
) -> Result<(Vec<T>, Option<String>), AwsError> {
    let keyed = all.into_iter().map(|item| (key(&item), item));
    let Page { items, next } = page(keyed, |(key, _)| key, token, most)
        .map_err(|_| errors::invalid("Parameter NextToken is not valid."))?;
    Ok((items.into_iter().map(|(_, item)| item).collect(), next))
}
