//! A mapping as answers show it.

use std::borrow::Cow;

use model::{Account, EventSourceMapping, Queue, Snapshot, Timestamp};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::lambda) struct Shown {
    #[serde(rename = "UUID")]
    uuid: String,
    batch_size: u32,
    maximum_batching_window_in_seconds: u64,
    event_source_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    filter_criteria: Option<FilterCriteria>,
    function_arn: String,
    /// Seconds since 1970.
    last_modified: f64,
    state: &'static str,
    state_transition_reason: Cow<'static, str>,
    function_response_types: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scaling_config: Option<ScalingConfig>,
    event_source_mapping_arn: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FilterCriteria {
    filters: Vec<Filter>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Filter {
    pattern: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ScalingConfig {
    maximum_concurrency: u32,
}

/// What is happening to it. Here changes are in effect once they are answered; the answers say what
/// clients expect of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lambda) enum State {
    Creating,
    Updating,
    Deleting,
    AtRest,
}

impl Shown {
    pub(in crate::lambda) fn of(
        mapping: &EventSourceMapping,
        modified: Timestamp,
        state: State,
        account: &Account,
    ) -> Self {
        let filter = |pattern: &String| Filter { pattern: pattern.clone() };
        let filters: Vec<Filter> = mapping.filters.iter().map(filter).collect();
        let arn = account.arn("lambda", format_args!("event-source-mapping:{}", mapping.id));
        let scaling = |maximum_concurrency| ScalingConfig { maximum_concurrency };
        Self {
            uuid: mapping.id.clone(),
            batch_size: mapping.batch,
            maximum_batching_window_in_seconds: mapping.window.as_secs(),
            event_source_arn: mapping.queue.to_string(),
            filter_criteria: (!filters.is_empty()).then_some(FilterCriteria { filters }),
            function_arn: mapping.function.to_string(),
            last_modified: seconds(modified),
            state: match state {
                State::Creating => "Creating",
                State::Updating => "Updating",
                State::Deleting => "Deleting",
                State::AtRest if mapping.enabled => "Enabled",
                State::AtRest => "Disabled",
            },
            state_transition_reason: Cow::Borrowed("USER_INITIATED"),
            function_response_types: match mapping.reports_failures {
                true => vec!["ReportBatchItemFailures"],
                false => Vec::new(),
            },
            scaling_config: mapping.most_concurrent.map(scaling),
            event_source_mapping_arn: arn.to_string(),
        }
    }
}

impl Shown {
    /// At rest, beside what there is: a mapping whose queue is gone says so, and waits for it.
    pub(in crate::lambda) fn at_rest(
        mapping: &EventSourceMapping,
        modified: Timestamp,
        seen: &Snapshot,
        account: &Account,
    ) -> Self {
        let mut shown = Self::of(mapping, modified, State::AtRest, account);
        let has_queue = mapping.queue_name().is_some_and(|name| seen.get::<Queue>(&name).is_some());
        if !has_queue {
            let gone = format!("The queue is gone: {} does not exist.", mapping.queue);
            shown.state_transition_reason = gone.into();
        }
        shown
    }
}

/// Whole milliseconds up to the year 287396 are exact.
#[expect(clippy::cast_precision_loss, reason = "see above")]
fn seconds(time: Timestamp) -> f64 {
    time.0 as f64 / 1000.0
}
