//! Runs a function for a request.

use std::pin::pin;

use http::Response;
use model::invoke::{LogCapture, Outcome};
use model::{Invocation, InvokeRefusal, Reply, RequestId};
use wire::Body;

use super::signed;
use crate::call::IntegrationOutcome;
use crate::mapping::stream::Broken;
use crate::mapping::{self, Source, reply, stream};
use crate::plan::url::MOST_BYTES;
use crate::plan::{ApiPlan, FunctionTarget, RoutePlan};
use crate::refusal::Refusal;
use crate::worker::{Tracked, Worker, within};

pub(super) struct Run<'a> {
    pub(super) worker: &'a Worker,
    pub(super) api: &'a ApiPlan,
    pub(super) route: &'a RoutePlan,
    pub(super) target: &'a FunctionTarget,
}

impl Run<'_> {
    pub(super) async fn send(
        &self,
        tracked: &mut Tracked,
        body: Body,
    ) -> Result<Response<Body>, Refusal> {
        let body = body.read(self.api.max_body).await?;
        tracked.call.request_bytes = body.len() as u64;
        if self.target.url.is_some_and(|url| url.is_signed) {
            let signers = &*self.worker.shared.dependencies.signers;
            tracked.call.identity.signer = Some(signed::signer(signers, &tracked.call, &body)?);
        }
        let invocation = self.invocation(tracked, &body);
        let started = self.worker.now();
        let answered = {
            let answering = pin!(self.answer(tracked, invocation));
            within(self.route.timeout, answering).await
        };
        let latency = self.worker.now().since(started);
        let result = answered.and_then(|answer| answer);
        let status = result.as_ref().ok().map(|response| response.status().as_u16());
        let error = result.as_ref().err().map(|refusal| refusal.name().into());
        tracked.call.integration = Some(IntegrationOutcome { latency, status, error });
        result
    }

    fn invocation(&self, tracked: &Tracked, body: &[u8]) -> Invocation {
        let call = &tracked.call;
        let time = self.worker.request_time(call.at());
        let source = Source { call, api: self.api, route: self.route, body, time: &time };
        Invocation {
            function: self.target.function.clone(),
            qualifier: self.target.qualifier.clone(),
            request_id: RequestId::given(call.invocation_id().as_str()),
            event: mapping::event(self.target.payload, &source),
            trace: call.trace(),
            log: LogCapture::None,
            client: None,
        }
    }

    /// Until the head of the response is known; a stream may flow on for longer.
    async fn answer(
        &self,
        tracked: &mut Tracked,
        invocation: Invocation,
    ) -> Result<Response<Body>, Refusal> {
        let invoke = &self.worker.shared.dependencies.invoke;
        let Reply { outcome, .. } = invoke.invoke(invocation).await?;
        match self.response(tracked, outcome).await {
            Ok(response) => Ok(response),
            // What went wrong is in the function's log; clients are not told.
            Err(Broken::Failed) => Err(Refusal::FunctionFailed),
            Err(Broken::Malformed(malformed)) => {
                let request_id = RequestId::given(tracked.call.invocation_id().as_str());
                invoke.note(
                    &self.target.function,
                    request_id,
                    format!("malformed reply: {malformed}"),
                );
                Err(Refusal::MalformedReply)
            }
        }
    }

    async fn response(
        &self,
        tracked: &mut Tracked,
        outcome: Outcome,
    ) -> Result<Response<Body>, Broken> {
        match outcome {
            Outcome::Payload(payload) if self.target.url.is_some() => {
                Ok(reply::url_response(&payload)?)
            }
            Outcome::Payload(payload) => {
                let request = &tracked.call.head.headers;
                let format = self.target.payload;
                Ok(reply::response(format, &payload, request, &self.api.binary)?)
            }
            Outcome::Stream(chunks) if self.target.url.is_some_and(|url| url.is_buffered) => {
                stream::whole(chunks, MOST_BYTES).await
            }
            Outcome::Stream(chunks) => {
                tracked.is_streamed = true;
                stream::response(chunks).await
            }
            Outcome::Error(_) => Err(Broken::Failed),
        }
    }
}

impl From<InvokeRefusal> for Refusal {
    fn from(refusal: InvokeRefusal) -> Self {
        match refusal {
            InvokeRefusal::NotFound(_) | InvokeRefusal::NoSuchVersion { .. } => {
                Self::FunctionMissing
            }
            InvokeRefusal::Throttled { retry_after, .. } => Self::FunctionBusy { retry_after },
            InvokeRefusal::BackingOff { retry_after, .. } => {
                Self::FunctionUnavailable { retry_after }
            }
            InvokeRefusal::EventTooLarge { .. } => Self::BodyTooLarge,
            InvokeRefusal::Stopping => Self::Stopping,
        }
    }
}
