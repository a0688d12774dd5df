//! `GET /logs?function=&process=&since=&follow=`: records of functions and processes, one JSON object a line.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use functions::logs::{Follow, Followed, Past, Record};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use http_body::Frame;
use model::{FunctionName, MadeFunction, Snapshot, Stack, Timestamp};
use serde_json::json;
use tokio::sync::mpsc;
use wire::{Body, BodyError};

use super::refusal::Refusal;
use super::target::pairs;
use crate::aside;
use crate::platform::Platform;

/// Without a bound in time; as many as memory keeps of one function.
const RECENT: usize = 1_000;
/// Lines on their way to a client that reads slowly; the log itself counts what it then misses.
const AHEAD: usize = 64;

#[derive(Debug, Default, PartialEq)]
struct Query {
    /// Processes share one set of names with functions.
    function: Option<FunctionName>,
    is_process: bool,
    since: Option<Duration>,
    follow: bool,
}

impl Query {
    fn parse(text: &str) -> Result<Self, String> {
        let mut query = Self::default();
        for (name, value) in pairs(text) {
            match &*name {
                "function" => {
                    let name = FunctionName::parse(&value).map_err(|e| format!("function: {e}"))?;
                    query.function = Some(name);
                }
                "process" => {
                    let name = FunctionName::parse(&value).map_err(|e| format!("process: {e}"))?;
                    (query.function, query.is_process) = (Some(name), true);
                }
                "since" => {
                    let seconds = value.parse().map_err(|_| "since: expected whole seconds")?;
                    query.since = Some(Duration::from_secs(seconds));
                }
                "follow" => query.follow = value.is_empty() || value == "true",
                other => return Err(format!("unknown parameter `{other}`")),
            }
        }
        Ok(query)
    }
}

pub(crate) async fn answer(
    platform: &Arc<Platform>,
    query: &str,
) -> Result<Response<Body>, Refusal> {
    let query = Query::parse(query).map_err(|text| Refusal::new(StatusCode::BAD_REQUEST, text))?;
    check_name(platform, &query)?;
    let logs = platform.functions.logs();
    // Before the past is read, so that nothing falls between.
    let follow = query.follow.then(|| logs.follow(query.function.clone()));
    let past = past(platform, &query).await?;
    let mut text = past.lines.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    let body = match follow {
        None => Body::full(text),
        Some(follow) => Body::wrap(following(text, follow, past.recent, platform)),
    };
    let mut response = Response::new(body);
    let ndjson = HeaderValue::from_static("application/x-ndjson");
    response.headers_mut().insert(CONTENT_TYPE, ndjson);
    Ok(response)
}

fn check_name(platform: &Platform, query: &Query) -> Result<(), Refusal> {
    let Some(name) = &query.function else { return Ok(()) };
    let stack = platform.stack.load();
    let (what, exists) = match query.is_process {
        true => {
            let name = name.as_str();
            ("process", stack.processes.contains_key(name) || stack.caches.contains_key(name))
        }
        false => {
            let made = platform.resources.snapshot();
            let exists = stack.functions.contains_key(name);
            ("function", exists || made.get::<MadeFunction>(name).is_some())
        }
    };
    if exists {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::NOT_FOUND, format!("{what} `{name}` does not exist")))
}

/// Without a bound, what this server has in memory; with one, what its files hold too.
async fn past(platform: &Arc<Platform>, query: &Query) -> Result<Past, Refusal> {
    let logs = Arc::clone(platform.functions.logs());
    if query.since.is_none() {
        let recent = logs.recent(query.function.as_ref(), RECENT);
        return Ok(Past { lines: recent.iter().map(|record| record.to_json()).collect(), recent });
    }
    let oldest = oldest(platform.clock.timestamp(), query.since);
    let functions = match &query.function {
        Some(function) => BTreeSet::from([function.clone()]),
        None => names(&platform.stack.load(), &platform.resources.snapshot()),
    };
    let read = tokio::task::spawn_blocking(move || logs.past(functions.iter(), oldest)).await;
    let failed = |error: tokio::task::JoinError| {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, format!("reading the logs failed: {error}"))
    };
    read.map_err(failed)
}

/// Functions, those that AWS calls made as well, processes and caches keep their logs alike.
fn names(stack: &Stack, made: &Snapshot) -> BTreeSet<FunctionName> {
    let processes = stack.processes.keys().map(|name| name.as_str());
    let processes = processes.chain(stack.caches.keys().map(|name| name.as_str()));
    let processes = processes.filter_map(|name| FunctionName::parse(name).ok());
    let made = made.all::<MadeFunction>().map(|made| made.function.name.clone());
    stack.functions.keys().cloned().chain(made).chain(processes).collect()
}

fn oldest(now: Timestamp, since: Option<Duration>) -> Timestamp {
    let since = since.map_or(u64::MAX, |age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
    Timestamp(now.0.saturating_sub(since))
}

fn line(record: &Record) -> String {
    format!("{}\n", record.to_json())
}

/// A body whose end is the end of the server, or of the client.
struct Following {
    lines: mpsc::Receiver<Bytes>,
}

fn following(
    past: String,
    mut follow: Follow,
    told: Vec<Arc<Record>>,
    platform: &Platform,
) -> Following {
    let (sender, lines) = mpsc::channel(AHEAD);
    let mut drain = platform.drain.join();
    aside::spawn(async move {
        if sender.send(past.into()).await.is_err() {
            return;
        }
        loop {
            let followed = tokio::select! {
                followed = follow.next() => followed,
                // A follower would otherwise hold a drain up to its deadline.
                () = drain.started() => return,
                () = sender.closed() => return,
            };
            let text = match followed {
                Some(Followed::Record(record)) if told.iter().any(|t| Arc::ptr_eq(t, &record)) => {
                    continue;
                }
                Some(Followed::Record(record)) => line(&record),
                Some(Followed::Missed(records)) => format!("{}\n", json!({ "missed": records })),
                None => return,
            };
            if sender.send(text.into()).await.is_err() {
                return;
            }
        }
    });
    Following { lines }
}

impl http_body::Body for Following {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.lines.poll_recv(cx).map(|line| line.map(|line| Ok(Frame::data(line))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_and_typing_errors_named() {
        let query = Query::parse("function=hello&since=60&follow=true").unwrap();
        assert_eq!(query.function.unwrap().as_str(), "hello");
        assert_eq!((query.since, query.follow), (Some(Duration::from_mins(1)), true));
        assert_eq!(Query::parse(""), Ok(Query::default()));
        let injected = Query::parse("function=x%26follow%3Dtrue");
        let problem = "function: a name is made of letters, digits, `-` and `_`, not `&`";
        assert_eq!(injected, Err(problem.into()));
        assert_eq!(Query::parse("folow=true"), Err("unknown parameter `folow`".into()));
        assert_eq!(Query::parse("since=5m"), Err("since: expected whole seconds".into()));
    }

    #[test]
    fn no_bound_means_everything() {
        assert_eq!(oldest(Timestamp(5), None), Timestamp(0));
        assert_eq!(oldest(Timestamp(5_000), Some(Duration::from_secs(1))), Timestamp(4_000));
    }
}
