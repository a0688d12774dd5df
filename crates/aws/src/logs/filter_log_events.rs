//! `FilterLogEvents`: a group's events by time and by words; what `aws logs tail` asks.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>

use serde::{Deserialize, Serialize};

use super::events::{self, Event};
use super::filter_pattern::FilterPattern;
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

/// AWS's own default and bound.
const MOST: usize = 10_000;

pub(super) struct FilterLogEvents;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_names: Option<Vec<String>>,
    log_stream_name_prefix: Option<String>,
    start_time: Option<u64>,
    end_time: Option<u64>,
    filter_pattern: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Output {
    events: Vec<Filtered>,
    searched_log_streams: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Filtered {
    log_stream_name: String,
    timestamp: u64,
    message: String,
    ingestion_time: u64,
    event_id: String,
}

impl Action for FilterLogEvents {
    const NAME: &'static str = "FilterLogEvents";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let name = input.log_group_name.as_deref();
        let group =
            events::named(name, input.log_group_identifier.as_deref(), &call.backing.account)?;
        if input.log_stream_names.is_some() && input.log_stream_name_prefix.is_some() {
            let message = "logStreamNames and logStreamNamePrefix cannot both be specified.";
            return Err(events::invalid(message));
        }
        let pattern = FilterPattern::parse(input.filter_pattern.as_deref().unwrap_or_default())?;
        let most = events::limit(input.limit, MOST)?;
        let mut found = events::read(call, &group, input.start_time).await?;
        if let Some(token) = &input.next_token {
            let last = found.iter().position(|event| event.id == *token);
            let last =
                last.ok_or_else(|| events::invalid("The specified nextToken is invalid."))?;
            found.drain(..=last);
        }
        let mut wanted = found.into_iter().filter(|event| is_wanted(&input, &pattern, event));
        let page: Vec<Event> = wanted.by_ref().take(most).collect();
        let more = wanted.next().is_some();
        let next_token = page.last().filter(|_| more).map(|last| last.id.clone());
        let events = page.into_iter().map(Filtered::from).collect();
        Ok(Output { events, searched_log_streams: [], next_token })
    }
}

fn is_wanted(input: &Input, pattern: &FilterPattern, event: &Event) -> bool {
    let stream = event.stream();
    let names = input.log_stream_names.as_ref();
    let prefix = input.log_stream_name_prefix.as_ref();
    input.end_time.is_none_or(|end| event.time <= end)
        && names.is_none_or(|names| names.contains(&stream))
        && prefix.is_none_or(|prefix| stream.starts_with(prefix.as_str()))
        && pattern.matches(&event.message)
}

impl From<Event> for Filtered {
    fn from(event: Event) -> Self {
        Self {
            log_stream_name: event.stream(),
            timestamp: event.time,
            ingestion_time: event.time,
            message: event.message,
            event_id: event.id,
        }
    }
}
