//! One JSON line per request, with the names of API Gateway's `$context` variables.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html>
//!
//! A worker writes lines into its own buffer and hands whole batches over; nothing on the request
//! path waits for whoever drains them.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use crate::call::Call;
use crate::mapping::json;
use crate::mapping::time::RequestTime;
use crate::plan::Target;

/// Where finished lines go.
pub trait Sink: Send + Sync {
    /// Takes a batch of whole lines without blocking, or gives it back when there is no room.
    fn offer(&self, batch: Vec<u8>) -> Result<(), Vec<u8>>;
}

/// Discards every line.
#[derive(Debug, Clone, Copy)]
pub struct Discard;

impl Sink for Discard {
    fn offer(&self, _batch: Vec<u8>) -> Result<(), Vec<u8>> {
        Ok(())
    }
}

/// A queue of at most `batches` batches; the receiver belongs to the thread that writes them out.
pub fn bounded(batches: usize) -> (Bounded, Receiver<Vec<u8>>) {
    let (sender, receiver) = sync_channel(batches);
    (Bounded(sender), receiver)
}

#[derive(Debug, Clone)]
pub struct Bounded(SyncSender<Vec<u8>>);

impl Sink for Bounded {
    fn offer(&self, batch: Vec<u8>) -> Result<(), Vec<u8>> {
        self.0.try_send(batch).map_err(|error| match error {
            TrySendError::Full(batch) | TrySendError::Disconnected(batch) => batch,
        })
    }
}

/// A batch is handed over when it has this many bytes; waking whoever takes it costs as much as
/// many lines.
const FULL: usize = 64 << 10;
/// A partial batch is handed over after this long, so that a quiet server's log stays current.
pub(crate) const LINGER: Duration = Duration::from_millis(100);

/// A worker's lines that were not handed over yet.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    lines: Vec<u8>,
    count: u64,
}

/// What to do after a line was added.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The first line of a batch: see that it is handed over after [`LINGER`].
    Schedule,
    HandOver,
    Nothing,
}

impl Buffer {
    /// Adds the line of a request, unless it went to an API that logs none.
    pub(crate) fn add(&mut self, call: &Call, outcome: &Answered<'_>) -> Next {
        if call.api().is_some_and(|api| api.log.is_none()) {
            return Next::Nothing;
        }
        let was_empty = self.lines.is_empty();
        write_line(&mut self.lines, call, outcome);
        self.count += 1;
        match (self.lines.len() >= FULL, was_empty) {
            (true, _) => Next::HandOver,
            (false, true) => Next::Schedule,
            (false, false) => Next::Nothing,
        }
    }

    /// Offers what is there; returns how many lines were lost because the sink is behind.
    pub(crate) fn hand_over(&mut self, sink: &dyn Sink) -> u64 {
        if self.lines.is_empty() {
            return 0;
        }
        let count = std::mem::take(&mut self.count);
        let batch = std::mem::replace(&mut self.lines, Vec::with_capacity(FULL + 1024));
        match sink.offer(batch) {
            Ok(()) => 0,
            Err(mut batch) => {
                batch.clear();
                self.lines = batch;
                count
            }
        }
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered<'a> {
    pub(crate) status: u16,
    pub(crate) body_bytes: u64,
    pub(crate) latency: Duration,
    /// Why the platform answered itself.
    pub(crate) refusal: Option<&'static str>,
    /// The body ended before it was complete.
    pub(crate) cut_short: bool,
    pub(crate) time: &'a RequestTime,
}

/// What every line of a route has, written when its plan is compiled.
pub(crate) fn of_route(key: &str, template: &str) -> Box<[u8]> {
    let mut out = Vec::new();
    json::field(&mut out, "routeKey", key.as_bytes());
    json::field(&mut out, "resourcePath", template.as_bytes());
    out.into()
}

/// What every line of an API has.
pub(crate) fn of_api(name: &str, stage: &str) -> Box<[u8]> {
    let mut out = Vec::new();
    json::field(&mut out, "apiId", name.as_bytes());
    json::field(&mut out, "stage", stage.as_bytes());
    out.into()
}

fn write_line(out: &mut Vec<u8>, call: &Call, answered: &Answered<'_>) {
    let matched = call.matched();
    json::open(out, "requestId", call.id().as_bytes());
    json::field(out, "requestTime", answered.time.as_bytes());
    json::number(out, "requestTimeEpoch", call.at().0);
    json::field(out, "httpMethod", call.method().as_str().as_bytes());
    json::field(out, "path", call.path().as_bytes());
    if let Some(route) = matched {
        out.extend_from_slice(&route.log);
    }
    json::field(out, "protocol", call.protocol_text().as_bytes());
    json::number(out, "status", u64::from(answered.status));
    json::number(out, "responseLength", answered.body_bytes);
    json::number(out, "responseLatency", millis(answered.latency));
    if let Some(log) = call.api().and_then(|api| api.log.as_deref()) {
        out.extend_from_slice(log);
    }
    json::field(out, "domainName", call.domain().as_bytes());
    json::field(out, "identity.sourceIp", call.client_text().as_bytes());
    if let Some(agent) = call.header(&http::header::USER_AGENT) {
        json::field(out, "identity.userAgent", agent.as_bytes());
    }
    if matched.is_some_and(|route| matches!(route.target, Target::Function(_))) {
        json::field(out, "integration.requestId", call.invocation_id().as_bytes());
    }
    if let Some(integration) = &call.integration {
        json::number(out, "integration.latency", millis(integration.latency));
        if let Some(status) = integration.status {
            json::number(out, "integration.status", u64::from(status));
        }
        if let Some(error) = &integration.error {
            json::field(out, "integration.error", error.as_bytes());
        }
    }
    if let Some(reason) = answered.refusal {
        json::field(out, "error.responseType", reason.as_bytes());
    }
    if let Some(fault) = &call.fault {
        json::field(out, "error.validationErrorString", fault.as_bytes());
    }
    if answered.cut_short {
        json::field(out, "error.message", b"the response ended before it was complete");
    }
    json::trace(out, "xrayTraceId", call.trace());
    out.extend_from_slice(b"}\n");
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
