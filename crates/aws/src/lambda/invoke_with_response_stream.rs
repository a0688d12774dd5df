//! `InvokeWithResponseStream`: run a function and pass its answer on as it comes.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html>

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use http_body::Frame;
use model::invoke::Outcome;
use model::{FunctionError, Reply, ReplyStream};
use wire::{Body, BodyError};

use super::invoke::{self, Kind};
use super::named;
use crate::action::RawAction;
use crate::call::Call;
use crate::constraint;
use crate::error::AwsError;
use crate::protocol::{Node, Route, event_stream};

pub(super) struct InvokeWithResponseStream;

impl RawAction for InvokeWithResponseStream {
    const NAME: &'static str = "InvokeWithResponseStream";
    const ROUTE: Route =
        Route::new("POST", "/2021-11-15/functions/{FunctionName}/response-streaming-invocations");

    async fn run(path: &Node, event: Bytes, call: &Call<'_>) -> Result<Response<Body>, AwsError> {
        let name = path.text("FunctionName").unwrap_or_default();
        let named = named::find(call, name, path.text("Qualifier"))?;
        let (kind, log) = (invoke::kind(&call.head.headers)?, invoke::log(&call.head.headers)?);
        if event.len() > invoke::MAX_PAYLOAD {
            return Err(invoke::event_too_large());
        }
        let mut invocation = invoke::invocation(call, named, invoke::json(event)?)?;
        match kind {
            Kind::RequestResponse => {}
            Kind::DryRun => return Ok(invoke::empty(StatusCode::NO_CONTENT)),
            Kind::Event => {
                let all = "[RequestResponse, DryRun]";
                return Err(constraint::not_in("Event", "invocationType", all));
            }
        }
        invocation.log = log;
        Ok(answer(invoke::run(call, invocation).await?))
    }
}

fn answer(reply: Reply) -> Response<Body> {
    let version = HeaderValue::try_from(reply.version.to_string()).expect("a version is ASCII");
    let mut of_stream = None;
    let body = match reply.outcome {
        Outcome::Payload(payload) => {
            Body::full([chunk(&payload), complete(None, reply.log_tail)].concat())
        }
        Outcome::Error(error) => Body::full(complete(Some(&error), reply.log_tail)),
        Outcome::Stream(mut stream) => {
            of_stream = stream.content_type.take();
            Body::wrap(Events { stream: Some(stream) })
        }
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(event_stream::CONTENT_TYPE));
    headers.insert("x-amz-executed-version", version);
    if let Some(of_stream) = of_stream.and_then(|text| HeaderValue::try_from(text).ok()) {
        headers.insert("x-amzn-remapped-content-type", of_stream);
    }
    response
}

fn chunk(bytes: &[u8]) -> Bytes {
    event_stream::event("PayloadChunk", "application/octet-stream", bytes)
}

/// The last event says how the invocation ended.
fn complete(error: Option<&FunctionError>, log_tail: Option<Bytes>) -> Bytes {
    let mut members = serde_json::Map::new();
    if let Some(error) = error {
        members.insert("ErrorCode".to_owned(), "Unhandled".into());
        let details = String::from_utf8_lossy(&error.payload).into_owned();
        members.insert("ErrorDetails".to_owned(), details.into());
    }
    if let Some(tail) = log_tail {
        members.insert("LogResult".to_owned(), BASE64_STANDARD.encode(tail).into());
    }
    let members = serde_json::Value::Object(members).to_string();
    event_stream::event("InvokeComplete", "application/json", members.as_bytes())
}

/// The events of an answer that has not ended.
struct Events {
    stream: Option<ReplyStream>,
}

impl http_body::Body for Events {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let Some(stream) = &mut self.stream else { return Poll::Ready(None) };
        let event = match ready!(stream.poll_chunk(cx)) {
            Some(Ok(bytes)) => return Poll::Ready(Some(Ok(Frame::data(chunk(&bytes))))),
            Some(Err(error)) => complete(Some(&error), stream.log_tail()),
            None => complete(None, stream.log_tail()),
        };
        self.stream = None;
        Poll::Ready(Some(Ok(Frame::data(event))))
    }

    fn is_end_stream(&self) -> bool {
        self.stream.is_none()
    }
}
