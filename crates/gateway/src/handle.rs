//! The path of a request, read from top to bottom.

use std::rc::Rc;

use http::header::{ACCESS_CONTROL_REQUEST_METHOD, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Response};
use model::Protocol;
use model::api::RefusalShape;
use wire::Body;

use crate::call::Call;
use crate::plan::{ApiPlan, Plan};
use crate::refusal::{self, Refusal};
use crate::worker::{Tracked, Worker, X_AMZN_TRACE_ID};
use crate::{cors, integration, limit, overload, usage};

/// Every request gets a response: its integration's, or a refusal in the shape of its API.
pub(crate) async fn answer(worker: &Worker, tracked: &mut Tracked, body: Body) -> Response<Body> {
    let mut response = match respond(worker, tracked, body).await {
        Ok(mut response) => {
            settle(worker, &tracked.call, &mut response);
            response
        }
        Err(refusal) => {
            tracked.refusal = Some(refusal);
            tracked.is_streamed = false;
            refused(refusal, &tracked.call)
        }
    };
    sign(&tracked.call, &mut response);
    response
}

/// Costs that only the answer knows are taken now that it is there.
fn settle(worker: &Worker, call: &Call, response: &mut Response<Body>) {
    let dependencies = &worker.shared.dependencies;
    limit::settle(&*dependencies.limits, call, response, || dependencies.clock.now());
}

/// A refusal in the shape of the API it comes from.
fn refused(refusal: Refusal, call: &Call) -> Response<Body> {
    match call.api().map(|api| api.refusals) {
        Some(RefusalShape::Problem) => refusal::problem::response(refusal, call),
        _ => refusal.response_to(call, protocol(call)),
    }
}

async fn respond(
    worker: &Worker,
    tracked: &mut Tracked,
    body: Body,
) -> Result<Response<Body>, Refusal> {
    let snapshot = Rc::clone(&tracked.call.plan);
    let plan = &*snapshot.0;
    find_route(plan, &mut tracked.call)?;
    if let Some(preflight) = cors::preflight(&tracked.call) {
        return Ok(preflight);
    }
    if let Some(mine) = usage::answer(worker, &tracked.call).await {
        return mine;
    }
    let place = tracked.call.place().ok_or(Refusal::NoRoute)?;
    let api = &plan.apis[place.0];
    let route = &api.routes[place.1];
    overload::admit(worker, plan.overload.as_ref(), route.priority)?;
    usage::identify(worker, route, &mut tracked.call)?;
    limit::admit(worker, route, &mut tracked.call).await?;
    usage::count(&tracked.call);
    let body = match &route.validation {
        Some(validation) => validation.check(api, tracked, body).await?,
        None => body,
    };
    integration::send(worker, api, route, tracked, body).await
}

/// Settles the API and its route. Where several APIs admit the request, the first that has a route
/// for it answers, else the first.
pub(crate) fn find_route(plan: &Plan, call: &mut Call) -> Result<(), Refusal> {
    let path = call.path();
    if !path.starts_with('/') {
        return Err(Refusal::NoApi);
    }
    let asked = preflight_method(call);
    let mut place = None;
    for (api, stage) in plan.candidates(&call.head) {
        let router = &plan.apis[api].router;
        let path = if stage == path.len() { "/" } else { &path[stage..] };
        if let Some(found) = router.find(call.method(), path) {
            place = Some((api, stage, Some(found)));
            break;
        }
        if plan.apis[api].limits_path.as_deref() == Some(path) {
            place = Some((api, stage, None));
            break;
        }
        let concerns_preflight =
            asked.as_ref().is_some_and(|method| router.find(method, path).is_some());
        if place.is_none() || concerns_preflight {
            place = Some((api, stage, None));
        }
    }
    let (api, stage, found) = place.ok_or(Refusal::NoApi)?;
    call.settle(api, stage, found);
    Ok(())
}

/// The method a browser asks permission for.
fn preflight_method(call: &Call) -> Option<Method> {
    if call.method() != Method::OPTIONS {
        return None;
    }
    Method::from_bytes(call.header(&ACCESS_CONTROL_REQUEST_METHOD)?.as_bytes()).ok()
}

fn protocol(call: &Call) -> Protocol {
    call.api().map_or_else(|| call.plan.0.shape(), |api| api.protocol)
}

const APIGW_REQUESTID: HeaderName = HeaderName::from_static("apigw-requestid");
const X_AMZN_REQUESTID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const X_AMZ_APIGW_ID: HeaderName = HeaderName::from_static("x-amz-apigw-id");

/// Adds what every answer carries: where the caller stands, cross-origin headers, the request's id.
fn sign(call: &Call, response: &mut Response<Body>) {
    let is_redirect = response.status().is_redirection();
    let headers = response.headers_mut();
    // Clients keep redirections, and the standing would be kept with them.
    if let (Some(route), false) = (call.matched(), is_redirect) {
        limit::tell(route, call, headers);
    }
    cors::apply(call, headers);
    match protocol(call) {
        Protocol::Http if call.api().is_some_and(ApiPlan::is_url) => {
            insert(headers, X_AMZN_REQUESTID, call.id().as_bytes());
        }
        Protocol::Http => {
            insert(headers, APIGW_REQUESTID, call.id().as_bytes());
        }
        Protocol::Rest => {
            insert(headers, X_AMZN_REQUESTID, call.id().as_bytes());
            let extended = call.extended_id();
            insert(headers, X_AMZ_APIGW_ID, extended.as_bytes());
            let mut trace = Vec::with_capacity(80);
            call.write_amzn_trace(&mut trace);
            if let Ok(trace) = HeaderValue::from_bytes(&trace) {
                headers.insert(X_AMZN_TRACE_ID, trace);
            }
        }
    }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(value) {
        headers.insert(name, value);
    }
}
