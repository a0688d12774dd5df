//! Hands a request over to a queue, a topic or a function that runs later, and answers once it is
//! kept.

use std::pin::pin;
use std::time::Duration;

use http::{Response, StatusCode};
use model::{DeliverError, Delivery, Target};
use serde_json::json;
use wire::Body;

use crate::call::IntegrationOutcome;
use crate::handover::{ANSWER_TYPE, HandoverPlan, Message, NoMessage, ReceiverPlan};
use crate::mapping::{self, Source};
use crate::plan::{ApiPlan, RoutePlan};
use crate::refusal::Refusal;
use crate::sequence::evaluate::{Content, Scene};
use crate::worker::{Tracked, Worker, within};

pub(super) struct Run<'a> {
    pub(super) worker: &'a Worker,
    pub(super) api: &'a ApiPlan,
    pub(super) route: &'a RoutePlan,
    pub(super) handover: &'a HandoverPlan,
}

impl Run<'_> {
    pub(super) async fn send(
        &self,
        tracked: &mut Tracked,
        body: Body,
    ) -> Result<Response<Body>, Refusal> {
        let body = body.read(self.api.max_body).await?;
        tracked.call.request_bytes = body.len() as u64;
        let delivery = self.delivery(tracked, body).map_err(|problem| {
            let error = Some(problem.to_string().into());
            let none = IntegrationOutcome { latency: Duration::ZERO, status: None, error };
            tracked.call.integration = Some(none);
            problem.refusal()
        })?;
        let started = self.worker.now();
        let delivered = {
            let deliver = &self.worker.shared.dependencies.deliver;
            let delivering = pin!(deliver.deliver(delivery));
            within(self.route.timeout, delivering).await
        };
        let latency = self.worker.now().since(started);
        let (result, error) = match delivered {
            Ok(Ok(delivered)) => (Ok(accepted(&delivered.id)), None),
            // What is wrong with a store is for those who run it, not for clients.
            Ok(Err(error)) => (Err(refusal(&error)), Some(error.to_string().into())),
            Err(refusal) => (Err(refusal), Some(refusal.name().into())),
        };
        let status = result.as_ref().ok().map(|response| response.status().as_u16());
        tracked.call.integration = Some(IntegrationOutcome { latency, status, error });
        result
    }

    fn delivery(&self, tracked: &Tracked, body: bytes::Bytes) -> Result<Delivery, NoMessage> {
        let call = &tracked.call;
        let (target, payload) = match &self.handover.to {
            ReceiverPlan::Function { name, payload } => {
                let time = self.worker.request_time(call.at());
                let (api, route) = (self.api, self.route);
                let source = Source { call, api, route, body: &body, time: &time };
                let event = mapping::event(*payload, &source);
                (Target::Function { name: name.clone(), qualifier: None }, event)
            }
            ReceiverPlan::Queue { name, .. } => {
                let Message { payload, options } = self.message(tracked, body)?;
                (Target::Queue { name: name.clone(), options }, payload)
            }
            ReceiverPlan::Topic(name) => {
                let Message { payload, options } = self.message(tracked, body)?;
                (Target::Topic { name: name.clone(), options }, payload)
            }
        };
        let source = self.handover.source.clone();
        Ok(Delivery { target, source, payload, trace: Some(call.trace()) })
    }

    fn message(&self, tracked: &Tracked, body: bytes::Bytes) -> Result<Message, NoMessage> {
        let call = &tracked.call;
        let parameters = &self.route.parameters;
        let parameter = |name: &str| {
            let position = parameters.iter().position(|known| **known == *name)?;
            Some(call.capture(position))
        };
        self.handover.message(&Scene {
            body: Content::new(body),
            headers: &call.head.headers,
            query: call.query(),
            parameter: &parameter,
            answers: Vec::new(),
        })
    }
}

fn accepted(id: &str) -> Response<Body> {
    let mut response = Response::new(Body::full(json!({ "messageId": id }).to_string()));
    *response.status_mut() = StatusCode::ACCEPTED;
    let (name, value) = ANSWER_TYPE;
    response.headers_mut().insert(name, value);
    response
}

fn refusal(error: &DeliverError) -> Refusal {
    match error {
        DeliverError::NotFound(_) => Refusal::ReceiverMissing,
        DeliverError::Refused(_) => Refusal::BadRequest,
        DeliverError::TooLarge(_) => Refusal::BodyTooLarge,
        DeliverError::Unavailable(_) => Refusal::NotKept,
    }
}
