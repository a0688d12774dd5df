//! Passes a request on to an upstream.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use http::header::HeaderName;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri};
use limits::adaptive::Outcome;
use percent_encoding::percent_decode_str;
use wire::Body;

use crate::call::{Call, IntegrationOutcome};
use crate::plan::{ApiPlan, RoutePlan, UpstreamTarget};
use crate::refusal::Refusal;
use crate::upstream::{Busy, Fault, Forwarding, Gate, UpstreamError, UpstreamErrorKind};
use crate::worker::{Tracked, Worker, within};

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
    let uri = uri(target, &tracked.call)?;
    let request = outgoing(uri, &mut tracked.call, body);
    let snapshot = Rc::clone(&tracked.call.plan);
    let fleet = &snapshot.0.fleet;
    if let Some(gate) = fleet.gate(target.id) {
        tracked.slot = Some(gate.enter().await?);
    }
    let entered = worker.now();
    let forwarding = forwarding(target, &tracked.call);
    let sent = {
        let sending = pin!(worker.upstreams.send(fleet, target.id, request, forwarding));
        within(route.timeout, sending).await
    };
    let now = worker.now();
    if let Some(slot) = &tracked.slot {
        slot.learn(outcome(&sent, now.since(entered)), now);
    }
    let latency = now.since(tracked.call.started);
    target.metrics.record(worker.index, latency);
    let (status, error) = match &sent {
        Ok(Ok(response)) => (Some(response.status().as_u16()), None),
        Ok(Err(error)) => (None, Some(error.to_string().into())),
        Err(refusal) => (None, Some(refusal.name().into())),
    };
    tracked.call.integration = Some(IntegrationOutcome { latency, status, error });
    tracked.is_streamed = true;
    Ok(sent??)
}

/// What the answer says about how busy the upstream is.
fn outcome(
    sent: &Result<Result<Response<Body>, UpstreamError>, Refusal>,
    took: Duration,
) -> Outcome {
    match sent {
        Ok(Ok(response)) => match response.status() {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Outcome::Overload,
            _ => Outcome::Answered(took),
        },
        Ok(Err(error)) if error.kind.fault() == Fault::Client => Outcome::Unknown,
        Ok(Err(_)) | Err(_) => Outcome::Overload,
    }
}

/// The request that goes out. The client's headers move along; what the log still needs stays.
fn outgoing(uri: Uri, call: &mut Call, body: Body) -> Request<Body> {
    let mut request = Request::new(body);
    *request.method_mut() = call.method().clone();
    *request.version_mut() = call.head.version;
    *request.uri_mut() = uri;
    *request.extensions_mut() = std::mem::take(&mut call.head.extensions);
    let mut headers = call.give_headers();
    // The trace, the length and what says where the request came from.
    headers.reserve(8);
    trace(call, &mut headers);
    *request.headers_mut() = headers;
    request
}

/// A trace the client began is passed on as it came, in the spelling it lacks too.
fn trace(call: &Call, headers: &mut HeaderMap) {
    const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
    const AMZN: HeaderName = HeaderName::from_static("x-amzn-trace-id");
    if !headers.contains_key(TRACEPARENT)
        && let Some(value) = written(55, |out| call.write_traceparent(out))
    {
        headers.insert(TRACEPARENT, value);
    }
    if !headers.contains_key(AMZN)
        && let Some(value) =
            written(if call.continues_trace() { 74 } else { 40 }, |out| call.write_amzn_trace(out))
    {
        headers.insert(AMZN, value);
    }
}

/// A value of a known length, which needs no second allocation.
fn written(length: usize, write: impl FnOnce(&mut Vec<u8>)) -> Option<HeaderValue> {
    let mut value = Vec::with_capacity(length);
    write(&mut value);
    HeaderValue::from_maybe_shared(bytes::Bytes::from(value)).ok()
}

fn forwarding(target: &UpstreamTarget, call: &Call) -> Forwarding {
    Forwarding {
        peer: Rc::clone(&call.peer),
        trusted: call.plan.0.trusted.trusts(call.peer.address.ip()),
        preserve_host: target.preserve_host,
    }
}

/// What the upstream sees: the route's own path, or the client's without the stage. The query comes
/// along as it is.
fn uri(target: &UpstreamTarget, call: &Call) -> Result<Uri, Refusal> {
    if has_dot_segment(call.path()) {
        return Err(Refusal::BadRequest);
    }
    let path = match &target.path {
        None if call.route_path().len() == call.path().len() => return Ok(call.head.uri.clone()),
        None => call.route_path().to_owned(),
        Some(template) => template.fill(|position| call.capture(position)),
    };
    let whole = match (call.head.uri.query(), path.contains('?')) {
        (None, _) => path,
        (Some(query), false) => format!("{path}?{query}"),
        (Some(query), true) => format!("{path}&{query}"),
    };
    let path = PathAndQuery::try_from(whole).map_err(|_| Refusal::BadRequest)?;
    let mut parts = call.head.uri.clone().into_parts();
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).map_err(|_| Refusal::BadRequest)
}

/// Whether a server that decodes and normalizes would take the path for one outside the route:
/// `/files/../admin`, in any spelling.
fn has_dot_segment(path: &str) -> bool {
    if memchr::memchr2(b'.', b'%', path.as_bytes()).is_none() {
        return false;
    }
    let is_dots = |segment: &[u8]| matches!(segment, b"." | b"..");
    path.split('/').any(|segment| {
        if !segment.contains('%') {
            return segment.as_bytes().split(|byte| *byte == b'\\').any(is_dots);
        }
        let decoded: Vec<u8> = percent_decode_str(segment).collect();
        decoded.split(|byte| matches!(byte, b'/' | b'\\')).any(is_dots)
    })
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
            | UpstreamErrorKind::IdleTimeout => Self::TimedOut,
            UpstreamErrorKind::RequestBody(StatusCode::PAYLOAD_TOO_LARGE) => Self::BodyTooLarge,
            UpstreamErrorKind::RequestBody(StatusCode::REQUEST_TIMEOUT) => Self::BodyTooSlow,
            UpstreamErrorKind::RequestBody(_) => Self::BadRequest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::has_dot_segment;

    #[test]
    fn dot_segments_are_seen_in_any_spelling() {
        for path in
            ["/a/../b", "/..", "/a/.", "/%2e%2E/b", "/a/.%2e", "/a/..%2fb", "/a/..%5cb", "/a/..\\b"]
        {
            assert!(has_dot_segment(path), "{path}");
        }
        for path in ["/", "/a.b", "/a/...", "/.well-known/x", "/a..b/%20", "/%zz"] {
            assert!(!has_dot_segment(path), "{path}");
        }
    }
}
