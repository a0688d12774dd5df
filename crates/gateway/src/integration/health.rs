//! Asks several upstreams whether they are well, and tells it in one answer.

use std::borrow::Cow;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join_all;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode};
use serde_json::json;
use tokio::time::Instant;
use wire::Body;

use crate::call::{Call, IntegrationOutcome};
use crate::plan::{Plan, ProbePlan, RoutePlan};
use crate::refusal::Refusal;
use crate::upstream::{Forwarding, Outbound};
use crate::worker::{Tracked, Worker};

/// Longer than a healthy server takes.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is found about one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Healthy,
    /// It answers, and not well.
    Unhealthy,
    Offline,
}

impl Health {
    fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Offline => "offline",
        }
    }
}

pub(super) async fn send(
    worker: &Worker,
    route: &RoutePlan,
    probes: &[ProbePlan],
    tracked: &mut Tracked,
) -> Result<Response<Body>, Refusal> {
    let snapshot = Rc::clone(&tracked.call.plan);
    let started = worker.now();
    let patience = PATIENCE.min(route.timeout);
    let found = {
        let call = &tracked.call;
        let asked = probes.iter().map(|probe| ask(worker, &snapshot.0, probe, call, patience));
        join_all(asked).await
    };
    let latency = worker.now().since(started);
    let response = told(probes.iter().map(|probe| &*probe.name).zip(found));
    let status = Some(response.status().as_u16());
    tracked.call.integration = Some(IntegrationOutcome { latency, status, error: None });
    Ok(response)
}

async fn ask(
    worker: &Worker,
    plan: &Plan,
    probe: &ProbePlan,
    call: &Call,
    patience: Duration,
) -> Health {
    let (head, ()) = Request::new(()).into_parts();
    let forwarding = Forwarding { peer: &call.peer, trusted: false, preserve_host: false };
    let outbound = Outbound::new(&head, Cow::Borrowed(&probe.path), forwarding, None);
    let deadline = Instant::now() + patience;
    let fleet = &plan.fleet;
    match worker.upstreams.send(fleet, probe.id, outbound, Body::empty(), deadline).await {
        Ok(response) if response.status() == StatusCode::OK => Health::Healthy,
        Ok(_) => Health::Unhealthy,
        Err(_) => Health::Offline,
    }
}

/// `data` when all are well, `detail` when not.
fn told<'a>(found: impl Iterator<Item = (&'a str, Health)>) -> Response<Body> {
    let mut is_well = true;
    let mut services = Vec::new();
    for (name, health) in found {
        is_well &= health == Health::Healthy;
        services.push(json!({ "name": name, "status": health.name() }));
    }
    let (status, member, summary) = match is_well {
        true => (StatusCode::OK, "data", Health::Healthy),
        false => (StatusCode::SERVICE_UNAVAILABLE, "detail", Health::Unhealthy),
    };
    let body = json!({ member: { "status": summary.name(), "services": services } });
    let mut response = Response::new(Body::full(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
