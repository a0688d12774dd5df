//! Answers the AWS port: finds the action, runs it, and gives every answer a request id.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use http::header::ORIGIN;
use http::{HeaderValue, Request, Response, StatusCode};
use model::{Clock, FunctionName, Invoke, RequestId, TraceContext};
use wire::{Answer, Body, BodyError, Peer};

use crate::action::{self, Action};
use crate::error::AwsError;
use crate::lambda::{function_name, invoke};

/// Which functions there are, now.
pub trait Catalogue: Send + Sync {
    fn has_function(&self, name: &FunctionName) -> bool;
}

/// The AWS APIs of one server. Signatures are not checked: whoever reaches the port may call.
pub struct FrontDoor {
    invoke: Arc<dyn Invoke>,
    catalogue: Arc<dyn Catalogue>,
    clock: Arc<dyn Clock>,
    random: RefCell<fastrand::Rng>,
}

impl FrontDoor {
    pub fn new(
        invoke: Arc<dyn Invoke>,
        catalogue: Arc<dyn Catalogue>,
        clock: Arc<dyn Clock>,
        seed: u64,
    ) -> Self {
        Self { invoke, catalogue, clock, random: RefCell::new(fastrand::Rng::with_seed(seed)) }
    }

    async fn act(
        &self,
        request: Request<Body>,
        request_id: RequestId,
    ) -> Result<Response<Body>, AwsError> {
        refuse_browsers(&request)?;
        let function = match action::of(&request) {
            Action::Invoke { function } => function,
            Action::Unknown(name) => return Err(unknown(&name)),
        };
        let (head, body) = request.into_parts();
        let wanted = invoke::Request::read(&function, head.uri.query(), &head.headers)?;
        if !self.catalogue.has_function(wanted.function()) {
            return Err(invoke::not_found(&function_name::arn(wanted.function().as_str())));
        }
        let trace = self.trace(&head);
        let event = whole(body).await?;
        wanted.run(event, &*self.invoke, request_id, trace).await
    }

    fn trace(&self, head: &http::request::Parts) -> TraceContext {
        let given = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
        given("x-amzn-trace-id")
            .and_then(TraceContext::from_amzn)
            .or_else(|| given("traceparent").and_then(TraceContext::from_traceparent))
            .unwrap_or_else(|| {
                let random = self.random.borrow_mut().u128(..);
                TraceContext::start(self.clock.timestamp(), random)
            })
    }
}

impl Answer for FrontDoor {
    async fn answer(&self, request: Request<Body>, _peer: &Rc<Peer>) -> Response<Body> {
        let request_id = RequestId::from_random(self.random.borrow_mut().u128(..));
        let answered = self.act(request, request_id.clone()).await;
        let mut response = answered.unwrap_or_else(AwsError::into_response);
        let id = HeaderValue::try_from(request_id.as_str()).expect("a UUID is ASCII");
        response.headers_mut().insert("x-amzn-requestid", id);
        response
    }
}

/// A page in the user's browser can post to loopback ports, but never without naming its origin.
fn refuse_browsers(request: &Request<Body>) -> Result<(), AwsError> {
    if !request.headers().contains_key(ORIGIN) {
        return Ok(());
    }
    let message = "requests from web pages are not accepted on the AWS port";
    Err(AwsError::user(StatusCode::FORBIDDEN, "AccessDeniedException", message))
}

fn unknown(action: &str) -> AwsError {
    let message =
        format!("the action `{action}` is not supported by this server, which knows: Invoke");
    AwsError::user(StatusCode::NOT_FOUND, "UnknownOperationException", message)
}

async fn whole(body: Body) -> Result<Bytes, AwsError> {
    match body.read(invoke::MAX_PAYLOAD as u64).await {
        Ok(whole) => Ok(whole),
        Err(BodyError::TooLarge { .. }) => Err(invoke::too_large()),
        Err(error) => Err(AwsError::user(
            error.status(),
            "InvalidRequestContentException",
            format!("the request's body could not be read: {error}"),
        )),
    }
}
