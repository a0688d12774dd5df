//! `GetLogEvents`: one stream's events, forwards or backwards.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>

use serde::{Deserialize, Serialize};

use super::events::{self, Event};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

/// AWS's own default and bound.
const MOST: usize = 10_000;

pub(super) struct GetLogEvents;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name: String,
    start_time: Option<u64>,
    end_time: Option<u64>,
    #[serde(default)]
    start_from_head: bool,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Output {
    events: Vec<Got>,
    next_forward_token: String,
    next_backward_token: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Got {
    timestamp: u64,
    message: String,
    ingestion_time: u64,
}

impl Action for GetLogEvents {
    const NAME: &'static str = "GetLogEvents";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let name = input.log_group_name.as_deref();
        let group =
            events::named(name, input.log_group_identifier.as_deref(), &call.backing.account)?;
        let mut own = events::read(call, &group, None).await?;
        own.retain(|event| event.stream() == input.log_stream_name);
        if own.is_empty() {
            return Err(events::no_stream());
        }
        own.retain(|event| {
            input.start_time.is_none_or(|start| event.time >= start)
                && input.end_time.is_none_or(|end| event.time < end)
        });
        page(&own, &input)
    }
}

/// A token names the event that the page before ended or began with; at an end, the same token comes
/// back with no events.
fn page(events: &[Event], input: &Input) -> Result<Output, AwsError> {
    let most = events::limit(input.limit, MOST)?;
    let given = input.next_token.as_deref();
    let invalid = || events::invalid("The specified nextToken is invalid.");
    let (from, to) = match given {
        None if input.start_from_head => (0, most.min(events.len())),
        None => (events.len().saturating_sub(most), events.len()),
        Some(token) => {
            let (way, id) = token.split_once('/').ok_or_else(invalid)?;
            let at = place(events, id);
            match way {
                "f" => {
                    let from = at + usize::from(events.get(at).is_some_and(|it| it.id == id));
                    (from, (from + most).min(events.len()))
                }
                "b" => (at.saturating_sub(most), at),
                _ => return Err(invalid()),
            }
        }
    };
    let page = &events[from..to];
    let token = |way, event: Option<&Event>| match (event, given) {
        (Some(event), _) => format!("{way}/{}", event.id),
        (None, Some(given)) => given.to_owned(),
        (None, None) => format!("{way}/"),
    };
    let got = |event: &Event| Got {
        timestamp: event.time,
        message: event.message.clone(),
        ingestion_time: event.time,
    };
    Ok(Output {
        events: page.iter().map(got).collect(),
        next_forward_token: token("f", page.last()),
        next_backward_token: token("b", page.first()),
    })
}

/// Where the event is that a token names, or the first of its time, should it be gone. Events of one
/// millisecond stand in the order in which they were said, which their ids do not have.
fn place(events: &[Event], id: &str) -> usize {
    let same = events.iter().position(|event| event.id == id);
    same.unwrap_or_else(|| events.partition_point(|event| *event.id < *events::time_of(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_lose_nothing_of_what_was_said_at_once() {
        let said: Vec<(u64, String)> = (0..9).map(|at| (1, format!("line {at}"))).collect();
        let events = events::name(said.into_iter());
        let (mut seen, mut token) = (Vec::new(), None);
        loop {
            let input = serde_json::json!({
                "logStreamName": "s", "limit": 2, "startFromHead": true, "nextToken": token
            });
            let input = serde_json::from_value(input).expect("an input");
            let output = page(&events, &input).expect("a page");
            if output.events.is_empty() {
                break;
            }
            seen.extend(output.events.into_iter().map(|event| event.message));
            token = Some(output.next_forward_token);
        }
        assert_eq!(seen, events.into_iter().map(|event| event.message).collect::<Vec<_>>());
    }
}
