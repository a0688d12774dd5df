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
/// 2024-01-01T00:00:00Z, before which AWS has nothing from the latest on.
const SORTED_SINCE: u64 = 1_704_067_200_000;
/// What a token begins with whose pages go from the latest to the earliest.
const BACKWARDS: &str = "b/";

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
    start_from_head: Option<bool>,
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
        let way = Way::of(&input);
        if way == Way::Backwards && input.start_time.is_some_and(|start| start < SORTED_SINCE) {
            let message = "startFromHead can be false only for a startTime on or after 2024-01-01.";
            return Err(events::invalid(message));
        }
        let mut found = events::read(call, &group, input.start_time).await?;
        if way == Way::Backwards {
            found.reverse();
        }
        page(found, &input, &pattern, (way, most))
    }
}

/// Where the events begin: with the earliest or with the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Forwards,
    Backwards,
}

impl Way {
    /// A token goes on as it began, whatever stands beside it.
    fn of(input: &Input) -> Self {
        let is_forwards = match &input.next_token {
            Some(token) => !token.starts_with(BACKWARDS),
            None => input.start_from_head.unwrap_or(true),
        };
        if is_forwards { Self::Forwards } else { Self::Backwards }
    }

    /// Of the page behind this event.
    fn token(self, last: &str) -> String {
        match self {
            Self::Forwards => last.to_owned(),
            Self::Backwards => format!("{BACKWARDS}{last}"),
        }
    }
}

/// `found` stands in the order of the way. A token names the last event of the page before.
fn page(
    mut found: Vec<Event>,
    input: &Input,
    pattern: &FilterPattern,
    (way, most): (Way, usize),
) -> Result<Output, AwsError> {
    if let Some(token) = &input.next_token {
        let id = token.strip_prefix(BACKWARDS).unwrap_or(token);
        let last = found.iter().position(|event| event.id == id);
        let last = last.ok_or_else(|| events::invalid("The specified nextToken is invalid."))?;
        found.drain(..=last);
    }
    let mut wanted = found.into_iter().filter(|event| is_wanted(input, pattern, event));
    let page: Vec<Event> = wanted.by_ref().take(most).collect();
    let more = wanted.next().is_some();
    let next_token = page.last().filter(|_| more).map(|last| way.token(&last.id));
    let events = page.into_iter().map(Filtered::from).collect();
    Ok(Output { events, searched_log_streams: [], next_token })
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn input(members: serde_json::Value) -> Input {
        serde_json::from_value(members).expect("an input")
    }

    /// All messages page by page. Only the first page is asked for with `first`.
    fn pages(first: serde_json::Value, most: usize) -> Vec<Vec<String>> {
        let pattern = FilterPattern::parse("").expect("a pattern");
        let (mut asked, mut pages) = (input(first), Vec::new());
        loop {
            let said = (1..=5).map(|at| (at / 3, format!("{at}")));
            let (way, mut events) = (Way::of(&asked), events::name(said));
            if way == Way::Backwards {
                events.reverse();
            }
            let page = page(events, &asked, &pattern, (way, most)).expect("a page");
            pages.push(page.events.into_iter().map(|event| event.message).collect());
            let Some(token) = page.next_token else { return pages };
            asked = input(json!({ "nextToken": token }));
        }
    }

    #[test]
    fn the_first_page_says_where_all_of_them_begin() {
        let forwards = [vec!["1", "2"], vec!["3", "4"], vec!["5"]];
        assert_eq!(pages(json!({}), 2), forwards);
        assert_eq!(pages(json!({ "startFromHead": true }), 2), forwards);
        let backwards = [vec!["5", "4"], vec!["3", "2"], vec!["1"]];
        assert_eq!(pages(json!({ "startFromHead": false }), 2), backwards);
        assert_eq!(
            Way::of(&input(json!({ "nextToken": "b/1", "startFromHead": true }))),
            Way::Backwards
        );
        assert_eq!(
            Way::of(&input(json!({ "nextToken": "1", "startFromHead": false }))),
            Way::Forwards
        );
    }
}
