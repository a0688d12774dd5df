//! restJson: method and path name the action; members stand in the path, the query and a JSON body.
//! <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>

mod joined;
mod route;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Map, Value};
use wire::Body;

use super::Node;
use crate::action::{RawAction, RestAction, Running};
use crate::call::Call;
use crate::error::{AwsError, Fault};

pub(crate) use route::Route;

pub(crate) fn run<'a, A: RestAction>(
    call: &'a Call<'a>,
    given: &'a Node,
    body: Bytes,
) -> Running<'a> {
    Box::pin(async move {
        let input = joined::read(given, &body).map_err(|e| e.told(call.service.missing))?;
        let output = A::run(input, call).await?;
        let text = serde_json::to_vec(&output).expect("outputs are structs with text keys");
        let body = if text == b"null" { Body::empty() } else { Body::full(text) };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(A::STATUS).expect("a status of HTTP");
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(response)
    })
}

pub(crate) fn run_raw<'a, A: RawAction>(
    call: &'a Call<'a>,
    given: &'a Node,
    body: Bytes,
) -> Running<'a> {
    Box::pin(A::run(given, body, call))
}

/// An error as the clients of this protocol read it.
/// <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization>
pub(crate) fn refuse(error: &AwsError) -> Response<Body> {
    let mut members = Map::new();
    let fault = match error.fault() {
        Fault::Sender => "User",
        Fault::Receiver => "Service",
    };
    members.insert("Type".to_owned(), fault.into());
    for (name, value) in error.members() {
        members.insert((*name).to_owned(), value.as_str().into());
    }
    members.insert(message_member(error.code()).to_owned(), error.message().into());
    let mut response = Response::new(Body::full(Value::Object(members).to_string()));
    *response.status_mut() = error.status();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-amzn-errortype", HeaderValue::from_static(error.code()));
    if let Some(wait) = error.wait() {
        // Rounded up, so that a client that waits is not refused again.
        let seconds = wait.as_millis().div_ceil(1000).max(1);
        headers.insert(RETRY_AFTER, HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX)));
    }
    response
}

/// AWS's own models are not of one mind about the case: Lambda has both, Scheduler the greater.
fn message_member(code: &str) -> &'static str {
    match code {
        "ResourceNotFoundException"
        | "ServiceException"
        | "ValidationException"
        | "ConflictException"
        | "InternalServerException"
        | "ServiceQuotaExceededException"
        | "ThrottlingException" => "Message",
        _ => "message",
    }
}
