//! awsJson 1.0 and 1.1: a JSON document in, one out; `X-Amz-Target` names the action.
//! <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use wire::Body;

use super::{Malformed, plain};
use crate::action::{Action, Running};
use crate::call::Call;
use crate::error::AwsError;

pub(crate) fn run<'a, A: Action>(call: &'a Call<'a>, body: Bytes) -> Running<'a> {
    Box::pin(async move {
        // Clients without members to send may send nothing.
        let document: &[u8] = if body.is_empty() { b"{}" } else { &body };
        let input = serde_json::from_slice(document)
            .map_err(|error| Malformed::from(error).told(call.service.missing))?;
        let output = A::run(input, call).await?;
        Ok(answer(call.head, &output))
    })
}

fn answer(head: &Parts, output: &impl Serialize) -> Response<Body> {
    let mut text = plain::to_json(output).expect("outputs are structs with text keys");
    if text == b"null" {
        text = b"{}".to_vec();
    }
    let mut response = Response::new(Body::full(text));
    response.headers_mut().insert(CONTENT_TYPE, content_type(head));
    response
}

/// The version that the client speaks.
fn content_type(head: &Parts) -> HeaderValue {
    match head.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes) {
        Some(b"application/x-amz-json-1.1") => {
            HeaderValue::from_static("application/x-amz-json-1.1")
        }
        _ => HeaderValue::from_static("application/x-amz-json-1.0"),
    }
}

/// An error as the clients of this protocol read it. Clients of a service that once spoke awsQuery
/// ask for the codes of that time, so that programs that compare them go on working.
/// <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#awsquerycompatible-trait>
pub(crate) fn refuse(error: &AwsError, namespace: &str, head: &Parts) -> Response<Body> {
    let mut members = Map::new();
    members.insert("__type".to_owned(), format!("{namespace}{}", error.code()).into());
    members.insert("message".to_owned(), error.message().into());
    for (name, value) in error.members() {
        members.insert((*name).to_owned(), value.as_str().into());
    }
    let mut response = Response::new(Body::full(Value::Object(members).to_string()));
    *response.status_mut() = error.status();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type(head));
    if head.headers.get("x-amzn-query-mode").is_some_and(|mode| mode == "true") {
        let code = format!("{};{}", error.query_code(), error.fault().in_query());
        let code = HeaderValue::try_from(code).expect("codes are ASCII");
        headers.insert("x-amzn-query-error", code);
    }
    response
}
