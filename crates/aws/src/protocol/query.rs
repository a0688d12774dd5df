//! awsQuery: a form in, XML out. SQS's older clients, SNS and STS speak it.
//! <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>

pub(crate) mod form;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use model::RequestId;
use wire::Body;

use super::{Lists, Node, xml};
use crate::action::{Action, Running};
use crate::call::Call;
use crate::error::AwsError;

/// What tells a service's answers apart.
#[derive(Debug)]
pub(crate) struct Voice {
    /// `Version`, which every request names.
    pub(crate) version: &'static str,
    pub(crate) namespace: &'static str,
    pub(crate) lists: Lists,
}

pub(crate) fn run<'a, A: Action>(
    call: &'a Call<'a>,
    voice: &'a Voice,
    given: &'a Node,
) -> Running<'a> {
    Box::pin(async move {
        let input = super::read(given.reading()).map_err(|e| e.told(call.service.missing))?;
        let output = A::run(input, call).await?;
        let mut text = String::with_capacity(512);
        open(&mut text, A::NAME, voice.namespace);
        xml::result(&mut text, A::NAME, voice.lists, &output);
        close(&mut text, A::NAME, call.request_id);
        Ok(answer(text))
    })
}

fn open(text: &mut String, action: &str, namespace: &str) {
    for part in ["<?xml version=\"1.0\"?>\n<", action, "Response xmlns=\"", namespace, "\">"] {
        text.push_str(part);
    }
}

fn close(text: &mut String, action: &str, request_id: &RequestId) {
    let id = request_id.as_str();
    let end = ["<ResponseMetadata><RequestId>", id, "</RequestId></ResponseMetadata></"];
    for part in end.into_iter().chain([action, "Response>"]) {
        text.push_str(part);
    }
}

fn answer(text: String) -> Response<Body> {
    let mut response = Response::new(Body::full(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}

/// An error as the clients of this protocol read it.
pub(crate) fn refuse(error: &AwsError, namespace: &str, request_id: &RequestId) -> Response<Body> {
    let mut text = String::from("<?xml version=\"1.0\"?>\n<ErrorResponse");
    if !namespace.is_empty() {
        text.extend([" xmlns=\"", namespace, "\""]);
    }
    text.push_str("><Error>");
    let members = [
        ("Type", error.fault().in_query()),
        ("Code", error.query_code()),
        ("Message", error.message()),
    ];
    for (tag, value) in members {
        xml::element(&mut text, tag, value);
    }
    text.push_str("</Error>");
    xml::element(&mut text, "RequestId", request_id.as_str());
    text.push_str("</ErrorResponse>");
    let mut response = answer(text);
    *response.status_mut() = error.query_status();
    response
}
