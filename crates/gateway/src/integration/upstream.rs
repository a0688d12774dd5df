//! Passes a request on to an upstream.

use std::borrow::Cow;
use std::rc::Rc;
use std::time::Duration;

use http::uri::PathAndQuery;
use http::{Response, StatusCode};
use limits::adaptive::Outcome;
use tokio::time::Instant;
use wire::{Body, Upgrade};

use crate::call::{Call, IntegrationOutcome};
use crate::dot_segment::has_dot_segment;
use crate::plan::{ApiPlan, RoutePlan, UpstreamTarget};
use crate::refusal::Refusal;
use crate::upstream::{
    Added, Busy, Fault, Forwarding, Gate, Outbound, UpstreamError, UpstreamErrorKind,
};
use crate::worker::{Tracked, Worker};

pub(super) async fn send(
    worker: &Worker,
    api: &ApiPlan,
    route: &RoutePlan,
    target: &UpstreamTarget,
    tracked: &mut Tracked,
    body: Body,
) -> Result<Response<Body>, Refusal> {
    tracked.call.request_bytes = http_body::Body::size_hint(&body).lower();
    let body = body.limited(api.max_body)?;
    let client = tracked.call.head.extensions.remove::<Upgrade>();
    let snapshot = Rc::clone(&tracked.call.plan);
    let fleet = &snapshot.0.fleet;
    if let Some(gate) = fleet.gate(target.id) {
        tracked.slot = Some(gate.enter().await?);
    }
    let entered = tracked.slot.is_some().then(|| worker.now());
    let sent = {
        let call = &*tracked.call;
        let trace = Trace::of(call);
        let added = trace.fields();
        let path = path(target, call)?;
        let outbound = Outbound::new(&call.head, path, forwarding(target, call), client);
        let deadline = Instant::now() + route.timeout;
        worker.upstreams.send(fleet, target.id, outbound.adding(&added), body, deadline).await
    };
    let now = worker.now();
    if let (Some(slot), Some(entered)) = (&tracked.slot, entered) {
        slot.learn(outcome(&sent, now.since(entered)), now);
    }
    let latency = now.since(tracked.call.started);
    target.metrics.record(worker.index, latency);
    let (status, error) = match &sent {
        Ok(response) => (Some(response.status().as_u16()), None),
        Err(error) => (None, Some(error.to_string().into())),
    };
    tracked.call.integration = Some(IntegrationOutcome { latency, status, error });
    tracked.is_streamed = true;
    Ok(sent?)
}

/// What the answer says about how busy the upstream is.
pub(super) fn outcome(sent: &Result<Response<Body>, UpstreamError>, took: Duration) -> Outcome {
    match sent {
        Ok(response) => match response.status() {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Outcome::Overload,
            _ => Outcome::Answered(took),
        },
        Err(error) if error.kind.fault() == Fault::Client => Outcome::Unknown,
        Err(_) => Outcome::Overload,
    }
}

/// The request's trace in both spellings. What the client began goes on as it came; the spelling it
/// lacks is added.
pub(super) struct Trace {
    text: Vec<u8>,
    /// Where the second spelling begins.
    middle: usize,
}

impl Trace {
    pub(super) fn of(call: &Call) -> Self {
        let mut text = Vec::with_capacity(136);
        call.write_traceparent(&mut text);
        let middle = text.len();
        call.write_amzn_trace(&mut text);
        Self { text, middle }
    }

    pub(super) fn fields(&self) -> [Added<'_>; 2] {
        let (traceparent, amzn) = self.text.split_at(self.middle);
        [
            Added { name: "traceparent", value: traceparent },
            Added { name: "x-amzn-trace-id", value: amzn },
        ]
    }
}

fn forwarding<'a>(target: &UpstreamTarget, call: &'a Call) -> Forwarding<'a> {
    Forwarding {
        peer: &call.peer,
        trusted: call.plan.0.trusted.trusts(call.peer.address.ip()),
        preserve_host: target.preserve_host,
    }
}

/// What the upstream sees: the route's own path, or the client's without the stage. The query comes
/// along as it is.
fn path<'a>(target: &UpstreamTarget, call: &'a Call) -> Result<Cow<'a, PathAndQuery>, Refusal> {
    if has_dot_segment(call.path()) {
        return Err(Refusal::BadRequest);
    }
    let whole = call.head.uri.path_and_query().ok_or(Refusal::BadRequest)?;
    let path = match &target.path {
        None if call.route_path().len() == call.path().len() => return Ok(Cow::Borrowed(whole)),
        None => call.route_path().to_owned(),
        Some(template) => template.fill(|position| call.capture(position)),
    };
    let whole = match (call.head.uri.query(), path.contains('?')) {
        (None, _) => path,
        (Some(query), false) => format!("{path}?{query}"),
        (Some(query), true) => format!("{path}&{query}"),
    };
    PathAndQuery::try_from(whole).map(Cow::Owned).map_err(|_| Refusal::BadRequest)
}

impl From<Busy> for Refusal {
    fn from(Busy: Busy) -> Self {
        Self::UpstreamBusy { retry_after: Gate::COME_BACK }
    }
}

impl From<UpstreamError> for Refusal {
    fn from(error: UpstreamError) -> Self {
        match error.kind {
            UpstreamErrorKind::Resolve | UpstreamErrorKind::Connect => Self::UpstreamUnavailable,
            UpstreamErrorKind::Closed | UpstreamErrorKind::Malformed => Self::UpstreamFailed,
            UpstreamErrorKind::ConnectTimeout
            | UpstreamErrorKind::ResponseTimeout
            | UpstreamErrorKind::IdleTimeout
            | UpstreamErrorKind::Deadline => Self::TimedOut,
            UpstreamErrorKind::RequestBody(StatusCode::PAYLOAD_TOO_LARGE) => Self::BodyTooLarge,
            UpstreamErrorKind::RequestBody(StatusCode::REQUEST_TIMEOUT) => Self::BodyTooSlow,
            UpstreamErrorKind::RequestBody(_) => Self::BadRequest,
        }
    }
}
