//! `DescribeLogStreams`: one stream for each day of a function.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::events;
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

/// AWS's own default and bound.
const MOST: usize = 50;

pub(super) struct DescribeLogStreams;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name_prefix: Option<String>,
    /// Days sort the same by name and by time.
    order_by: Option<String>,
    #[serde(default)]
    descending: bool,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Output {
    log_streams: Vec<Stream>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Stream {
    log_stream_name: String,
    arn: String,
    creation_time: u64,
    first_event_timestamp: u64,
    last_event_timestamp: u64,
    last_ingestion_time: u64,
    upload_sequence_token: &'static str,
    stored_bytes: u64,
}

impl Action for DescribeLogStreams {
    const NAME: &'static str = "DescribeLogStreams";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let name = input.log_group_name.as_deref();
        let group =
            events::named(name, input.log_group_identifier.as_deref(), &call.backing.account)?;
        check_order(input.order_by.as_deref(), input.log_stream_name_prefix.as_deref())?;
        let mut days: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for event in events::read(call, &group, None).await? {
            let span = days.entry(event.stream()).or_insert((event.time, event.time));
            span.1 = event.time;
        }
        let prefix = input.log_stream_name_prefix.unwrap_or_default();
        days.retain(|name, _| name.starts_with(&prefix));
        let mut days: Vec<_> = days.into_iter().collect();
        if input.descending {
            days.reverse();
        }
        if let Some(last) = &input.next_token {
            let at = days.iter().position(|(name, _)| name == last);
            let at = at.ok_or_else(|| events::invalid("The specified nextToken is invalid."))?;
            days.drain(..=at);
        }
        let most = events::limit(input.limit, MOST)?;
        let more = days.len() > most;
        days.truncate(most);
        let next_token = days.last().filter(|_| more).map(|(name, _)| name.clone());
        let stream = |(name, (first, last)): (String, (u64, u64))| Stream {
            arn: call
                .backing
                .account
                .arn("logs", format!("log-group:{group}:log-stream:{name}"))
                .to_string(),
            log_stream_name: name,
            creation_time: first,
            first_event_timestamp: first,
            last_event_timestamp: last,
            last_ingestion_time: last,
            upload_sequence_token: "",
            stored_bytes: 0,
        };
        Ok(Output { log_streams: days.into_iter().map(stream).collect(), next_token })
    }
}

fn check_order(order: Option<&str>, prefix: Option<&str>) -> Result<(), AwsError> {
    match (order, prefix) {
        (None | Some("LogStreamName"), _) | (Some("LastEventTime"), None) => Ok(()),
        (Some("LastEventTime"), Some(_)) => {
            Err(events::invalid("Cannot order by LastEventTime with a logStreamNamePrefix."))
        }
        (Some(other), _) => Err(events::invalid(format!(
            "1 validation error detected: Value '{other}' at 'orderBy' failed to satisfy constraint: \
             Member must satisfy enum value set: [LogStreamName, LastEventTime]"
        ))),
    }
}
