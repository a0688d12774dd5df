//! Tells a caller where its key stands. Costs nothing of any limit, and answers at none left.

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Response};
use model::{Now, Timestamp};
use serde_json::{Value, json};
use wire::Body;

use super::adjust::{self, PlanStanding};
use super::keyring::{Caller, Membership};
use crate::call::Call;
use crate::refusal::Refusal;
use crate::worker::Worker;

/// `None` for a request that is about something else.
pub(crate) async fn answer(
    worker: &Worker,
    call: &Call,
) -> Option<Result<Response<Body>, Refusal>> {
    let api = call.api()?;
    let is_asked = api.limits_path.as_deref() == Some(call.route_path());
    let is_read = matches!(*call.method(), Method::GET | Method::HEAD);
    if !is_asked || !is_read || call.matched().is_some() {
        return None;
    }
    let keyring = worker.shared.usage.keyring.load_full();
    let given = match super::value(call) {
        Ok(given) => given,
        Err(refusal) => return Some(Err(refusal)),
    };
    let caller = keyring.find(given, call.at());
    let found = caller.and_then(|caller| Some((caller, caller.plan_among(&api.usage.plans)?)));
    let Some((caller, (membership, good))) = found else {
        return Some(Err(Refusal::Forbidden));
    };
    let now = Now { moment: call.started, timestamp: call.at() };
    let limits = &*worker.shared.dependencies.limits;
    let mut standings = Vec::new();
    for (route, limit) in good.plan.limits_at(api.name.as_str()) {
        if let Some((_, standing)) = adjust::standing(limits, limit, &caller.id, now).await {
            standings.push(limit_text(route, &standing));
        }
    }
    let usage = usage(membership, good.plan.days.of(call.at()));
    Some(Ok(response(&document(caller, membership, &standings, &usage))))
}

fn document(caller: &Caller, membership: &Membership, standings: &[Value], usage: &Value) -> Value {
    json!({
        "key": { "id": &*caller.id, "name": caller.name, "expires": caller.expires.map(text) },
        "plan": membership.plan,
        "limits": standings,
        "usage": usage,
    })
}

fn text(at: Timestamp) -> String {
    at.to_string()
}

fn limit_text(route: Option<&str>, standing: &PlanStanding) -> Value {
    let full_in = standing.full_in;
    let mut value = json!({
        "name": standing.policy,
        "rule": standing.rule,
        "limit": standing.limit,
        "remaining": standing.remaining,
        "full_in_ms": u64::try_from(full_in.as_micros().div_ceil(1000)).unwrap_or(u64::MAX),
    });
    if let Some(route) = route {
        value["route"] = route.into();
    }
    value
}

fn usage(membership: &Membership, today: model::Day) -> Value {
    let admitted = membership.tally.figures().find(|(day, _)| *day == today);
    json!({ "day": today, "admitted": admitted.map_or(0, |(_, admitted)| admitted) })
}

fn response(document: &Value) -> Response<Body> {
    let mut response = Response::new(Body::full(format!("{document}\n")));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
