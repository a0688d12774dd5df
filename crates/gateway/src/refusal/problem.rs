//! Refusals as problem documents, which name the limit and where the caller stands.
//! <https://www.rfc-editor.org/rfc/rfc9457>

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use limits::{Policy, Verdict};
use model::Protocol;
use serde_json::{Map, Value, json};
use wire::Body;

use super::Refusal;
use crate::call::Call;
use crate::limit::Level;

/// <https://www.iana.org/assignments/http-problem-types>
const QUOTA: &str = "https://iana.org/assignments/http-problem-types#quota-exceeded";
const CAPACITY: &str = "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity";

pub(crate) fn response(refusal: Refusal, call: &Call) -> Response<Body> {
    let status = refusal.shape(Protocol::Http).status;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut document = Map::new();
    let (kind, title) = kind(refusal, status);
    document.insert("type".into(), kind.into());
    document.insert("title".into(), title.into());
    document.insert("status".into(), status.as_u16().into());
    document.insert("reason".into(), refusal.name().into());
    match refusal {
        Refusal::Throttled { .. }
        | Refusal::QuotaExceeded { .. }
        | Refusal::LimitUnknown { .. } => violated(call, &mut document),
        Refusal::Unidentified { limit: Some(limit) } => unmet(call, limit, &mut document),
        _ => {}
    }
    let missing = refusal.missing(call);
    if !missing.is_empty() {
        document.insert("missing-parameters".into(), json!(missing));
    }
    if let Some(wait) = refusal.retry_after() {
        let millis = wait.as_micros().div_ceil(1000);
        document.insert("retry_after_ms".into(), u64::try_from(millis).unwrap_or(u64::MAX).into());
    }
    document.insert("request_id".into(), String::from_utf8_lossy(call.id().as_bytes()).into());
    let mut response = Response::new(Body::full(Value::Object(document).to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    refusal.tell_when_to_retry(headers);
    response
}

fn kind(refusal: Refusal, status: StatusCode) -> (&'static str, &'static str) {
    match refusal {
        Refusal::Throttled { .. } | Refusal::QuotaExceeded { .. } => {
            (QUOTA, "Request cannot be satisfied as assigned quota has been exceeded")
        }
        Refusal::FunctionBusy { .. }
        | Refusal::FunctionUnavailable { .. }
        | Refusal::UpstreamBusy { .. }
        | Refusal::Overloaded { .. }
        | Refusal::LimitUnknown { .. } => {
            (CAPACITY, "Request cannot be satisfied due to temporary server capacity constraints")
        }
        _ => ("about:blank", status.canonical_reason().unwrap_or_default()),
    }
}

/// The limit that frees last, and the names of all that denied the request.
fn violated(call: &Call, document: &mut Map<String, Value>) {
    let (Some(route), Some(asked)) = (call.matched(), &call.asked) else {
        return;
    };
    let standings = || asked.standings(route, &call.added);
    let names = standings().filter(|(_, _, standing)| standing.is_violated());
    let names: Vec<&str> = names.map(|(policy, ..)| policy.name()).collect();
    document.insert("violated-policies".into(), json!(names));
    let first = asked.decision.denied_by().and_then(|index| standings().nth(index));
    if let Some((policy, level, standing)) = first {
        name(policy, level, document);
        match standing.verdict() {
            // Nobody knows what is left.
            Verdict::Unknown => return,
            Verdict::Paused => document.insert("paused".into(), true.into()),
            _ => None,
        };
        document.insert("remaining".into(), standing.remaining.into());
    }
}

/// The limit that could not tell whom the request counts for.
fn unmet(call: &Call, position: u8, document: &mut Map<String, Value>) {
    let limit = call.matched().and_then(|route| route.limits.enforced_at(position));
    if let Some((policy, level)) = limit {
        document.insert("violated-policies".into(), json!([policy.name()]));
        name(policy, level, document);
    }
}

fn name(policy: &Policy, level: Level, document: &mut Map<String, Value>) {
    document.insert("policy".into(), policy.name().into());
    document.insert("level".into(), level.text().into());
    document.insert("limit".into(), policy.limit().into());
}
