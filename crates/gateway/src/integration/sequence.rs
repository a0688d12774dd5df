//! Takes a sequence's steps for a request.

use std::borrow::Cow;
use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response, StatusCode};
use model::sequence::FailureCause;
use tokio::time::Instant;
use wire::Body;

use super::fixed;
use super::upstream::{Trace, outcome};
use crate::call::{Call, IntegrationOutcome};
use crate::plan::{ApiPlan, Plan, RoutePlan};
use crate::refusal::Refusal;
use crate::sequence::evaluate::{Content, Done, Gap, Scene};
use crate::sequence::{AnswerPlan, SequencePlan, StepBody, StepPlan};
use crate::upstream::{Busy, Forwarding, Outbound, UpstreamError};
use crate::worker::{Tracked, Worker, within};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

pub(super) struct Run<'a> {
    pub(super) worker: &'a Worker,
    pub(super) api: &'a ApiPlan,
    pub(super) route: &'a RoutePlan,
    pub(super) sequence: &'a SequencePlan,
}

/// A step that did not succeed.
struct Failure {
    step: usize,
    cause: FailureCause,
    /// What it answered, if it did.
    answer: Option<Done>,
}

impl Run<'_> {
    pub(super) async fn send(
        &self,
        tracked: &mut Tracked,
        body: Body,
    ) -> Result<Response<Body>, Refusal> {
        let body = body.read(self.api.max_body).await?;
        tracked.call.request_bytes = body.len() as u64;
        let snapshot = Rc::clone(&tracked.call.plan);
        let started = self.worker.now();
        let under_way = Cell::new(0);
        let taken = {
            let taking = pin!(self.take(&snapshot.0, &tracked.call, body, &under_way));
            within(self.route.timeout, taking).await
        };
        let latency = self.worker.now().since(started);
        let (result, error) = match taken {
            Ok(Ok(response)) => (Ok(response), None),
            Ok(Err(failure)) => {
                let name = &self.sequence.steps[failure.step].name;
                let error = format!("step {name}: {}", failure.cause);
                (self.fail(failure), Some(error.into()))
            }
            Err(refusal) => {
                let (step, cause) = (under_way.get(), FailureCause::TimedOut);
                let name = &self.sequence.steps[step].name;
                let error = format!("step {name}: {}", refusal.name());
                (self.fail(Failure { step, cause, answer: None }), Some(error.into()))
            }
        };
        let status = result.as_ref().ok().map(|response| response.status().as_u16());
        tracked.call.integration = Some(IntegrationOutcome { latency, status, error });
        result
    }

    /// `under_way` is told of each step that begins.
    async fn take(
        &self,
        plan: &Plan,
        call: &Call,
        body: Bytes,
        under_way: &Cell<usize>,
    ) -> Result<Response<Body>, Failure> {
        let parameters = &self.route.parameters;
        let parameter = |name: &str| {
            let position = parameters.iter().position(|known| **known == *name)?;
            Some(call.capture(position))
        };
        let mut scene = Scene {
            body: Content::new(body),
            headers: &call.head.headers,
            query: call.query(),
            parameter: &parameter,
            answers: Vec::with_capacity(self.sequence.steps.len()),
        };
        for (index, step) in self.sequence.steps.iter().enumerate() {
            under_way.set(index);
            let failed = |cause| Failure { step: index, cause, answer: None };
            let request = Outgoing::of(step, &scene).map_err(failed)?;
            let done = self.ask(plan, step, request, call).await.map_err(failed)?;
            if !done.status.is_success() {
                let cause = FailureCause::Status(done.status.as_u16());
                return Err(Failure { step: index, cause, answer: Some(done) });
            }
            scene.answers.push(done);
        }
        let last = self.sequence.steps.len().saturating_sub(1);
        answer(self.sequence.answer.as_ref(), &mut scene).map_err(|cause| Failure {
            step: last,
            cause,
            answer: None,
        })
    }

    async fn ask(
        &self,
        plan: &Plan,
        step: &StepPlan,
        request: Outgoing,
        call: &Call,
    ) -> Result<Done, FailureCause> {
        let patience = step.timeout.unwrap_or(self.route.timeout);
        let asking = pin!(self.exchange(plan, step, request, call));
        within(patience, asking).await.unwrap_or(Err(FailureCause::TimedOut))
    }

    async fn exchange(
        &self,
        plan: &Plan,
        step: &StepPlan,
        request: Outgoing,
        call: &Call,
    ) -> Result<Done, FailureCause> {
        let fleet = &plan.fleet;
        // Held until the answer is read.
        let slot = match fleet.gate(step.id) {
            Some(gate) => Some(gate.enter().await.map_err(|Busy| FailureCause::Busy)?),
            None => None,
        };
        let asked = self.worker.now();
        let trace = Trace::of(call);
        let added = trace.fields();
        let forwarding = Forwarding {
            peer: &call.peer,
            trusted: plan.trusted.trusts(call.peer.address.ip()),
            preserve_host: false,
        };
        let outbound = Outbound::new(&request.head, Cow::Borrowed(&request.path), forwarding, None);
        let outbound = outbound.adding(&added);
        let deadline = Instant::now() + step.timeout.unwrap_or(self.route.timeout);
        let upstreams = &self.worker.upstreams;
        let sent = upstreams.send(fleet, step.id, outbound, request.body, deadline).await;
        let now = self.worker.now();
        if let Some(slot) = &slot {
            slot.learn(outcome(&sent, now.since(asked)), now);
        }
        step.metrics.record(self.worker.index, now.since(asked));
        let (head, body) = sent.map_err(|error| cause(&error))?.into_parts();
        let body = body.read(self.api.max_body).await.map_err(|_| FailureCause::Malformed)?;
        Ok(Done { status: head.status, headers: head.headers, body: Content::new(body) })
    }

    /// The step's own answer to it, the sequence's, the upstream's, or the platform's.
    fn fail(&self, failure: Failure) -> Result<Response<Body>, Refusal> {
        let step = &self.sequence.steps[failure.step];
        let declared = step.failures.find(failure.cause);
        if let Some(answer) = declared.or_else(|| self.sequence.failures.find(failure.cause)) {
            return Ok(fixed::mock(answer));
        }
        if let Some(done) = failure.answer {
            return Ok(passed_on(done));
        }
        Err(match failure.cause {
            FailureCause::Unreachable => Refusal::UpstreamUnavailable,
            FailureCause::Busy => Busy.into(),
            FailureCause::TimedOut => Refusal::TimedOut,
            FailureCause::BadRequest => Refusal::BadRequest,
            FailureCause::Malformed | FailureCause::Status(_) => Refusal::UpstreamFailed,
        })
    }
}

/// What a step sends.
struct Outgoing {
    head: Parts,
    path: PathAndQuery,
    body: Body,
}

impl Outgoing {
    fn of(step: &StepPlan, scene: &Scene<'_>) -> Result<Self, FailureCause> {
        let path = step.path.fill_path(scene).map_err(Gap::cause)?;
        let path = PathAndQuery::try_from(path).map_err(|_| FailureCause::BadRequest)?;
        let (mut head, ()) = Request::new(()).into_parts();
        head.method.clone_from(&step.method);
        head.headers.insert(ACCEPT, JSON);
        let body = match &step.body {
            StepBody::None => Body::empty(),
            StepBody::Raw => {
                if let Some(kind) = scene.headers.get(CONTENT_TYPE) {
                    head.headers.insert(CONTENT_TYPE, kind.clone());
                }
                Body::full(scene.body.bytes.clone())
            }
            StepBody::Json(shape) => {
                head.headers.insert(CONTENT_TYPE, JSON);
                Body::full(shape.fill(scene).map_err(Gap::cause)?.to_string())
            }
        };
        for (name, text) in &step.headers {
            let Some(value) = text.fill_optional(scene).map_err(Gap::cause)? else { continue };
            let value = HeaderValue::try_from(value).map_err(|_| FailureCause::BadRequest)?;
            head.headers.insert(name.clone(), value);
        }
        Ok(Self { head, path, body })
    }
}

fn answer(
    declared: Option<&AnswerPlan>,
    scene: &mut Scene<'_>,
) -> Result<Response<Body>, FailureCause> {
    let Some(declared) = declared else {
        return scene.answers.pop().map(passed_on).ok_or(FailureCause::Malformed);
    };
    let body = declared.body.as_ref().map(|body| body.fill(scene)).transpose();
    let body = body.map_err(Gap::cause)?;
    let mut headers = Vec::with_capacity(declared.headers.len());
    for (name, text) in &declared.headers {
        let Some(value) = text.fill_optional(scene).map_err(Gap::cause)? else { continue };
        let value = HeaderValue::try_from(value).map_err(|_| FailureCause::Malformed)?;
        headers.push((name.clone(), value));
    }
    let last = scene.answers.pop().ok_or(FailureCause::Malformed)?;
    let status = declared.status.unwrap_or(last.status);
    let mut response = match body {
        None => passed_on(last),
        Some(body) => {
            let mut response = Response::new(Body::full(body.to_string()));
            response.headers_mut().insert(CONTENT_TYPE, JSON);
            response
        }
    };
    *response.status_mut() = status;
    for (name, value) in headers {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

/// An upstream's answer as it came.
fn passed_on(done: Done) -> Response<Body> {
    let mut response = Response::new(Body::full(done.body.bytes));
    *response.status_mut() = done.status;
    *response.headers_mut() = done.headers;
    // It is told anew from the body itself.
    response.headers_mut().remove(CONTENT_LENGTH);
    response
}

fn cause(error: &UpstreamError) -> FailureCause {
    match error.status() {
        StatusCode::SERVICE_UNAVAILABLE => FailureCause::Unreachable,
        StatusCode::GATEWAY_TIMEOUT => FailureCause::TimedOut,
        _ => FailureCause::Malformed,
    }
}
