//! Writes what the Runtime API answers.

use model::{Qualifier, RequestId, TraceContext};

/// An invocation as the runtime receives it.
#[derive(Debug)]
pub(crate) struct Delivery<'a> {
    pub(crate) request_id: &'a RequestId,
    /// Milliseconds since the epoch.
    pub(crate) deadline: u64,
    pub(crate) function_arn: &'a str,
    /// The version or alias that was asked for, if one was.
    pub(crate) qualifier: Option<&'a Qualifier>,
    pub(crate) trace: TraceContext,
    /// What the caller tells about itself, JSON on one line.
    pub(crate) client: Option<&'a [u8]>,
    pub(crate) event: &'a [u8],
}

/// A refusal of a runtime's request, named as Lambda names it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal {
    status: &'static str,
    error_type: &'static str,
    message: &'static str,
}

pub(crate) const ACCEPTED: &[u8] = b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n\
    Content-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";

pub(crate) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

pub(crate) const MALFORMED: Refusal = Refusal {
    status: "400 Bad Request",
    error_type: "InvalidRequest",
    message: "the request is not valid HTTP/1.1",
};
pub(crate) const WRONG_ID: Refusal = Refusal {
    status: "400 Bad Request",
    error_type: "InvalidRequestID",
    message: "Invalid request ID",
};
pub(crate) const WRONG_STATE: Refusal = Refusal {
    status: "403 Forbidden",
    error_type: "InvalidStateTransition",
    message: "State transition from Running to Ready is not allowed: respond to the invocation first",
};
pub(crate) const INITIALIZED: Refusal = Refusal {
    status: "403 Forbidden",
    error_type: "InvalidStateTransition",
    message: "an init error is reported before the first invocation",
};
pub(crate) const UNKNOWN: Refusal = Refusal {
    status: "404 Not Found",
    error_type: "NotFound",
    message: "the Runtime API has no such path",
};
pub(crate) const TOO_LARGE: Refusal = Refusal {
    status: "413 Request Entity Too Large",
    error_type: "RequestEntityTooLarge",
    message: "Exceeded maximum allowed payload size (6291556 bytes).",
};

pub(crate) fn deliver(output: &mut Vec<u8>, delivery: &Delivery<'_>) {
    let mut number = itoa::Buffer::new();
    output.reserve(512 + delivery.event.len());
    output.extend_from_slice(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: ",
    );
    output.extend_from_slice(delivery.request_id.as_str().as_bytes());
    output.extend_from_slice(b"\r\nLambda-Runtime-Deadline-Ms: ");
    output.extend_from_slice(number.format(delivery.deadline).as_bytes());
    output.extend_from_slice(b"\r\nLambda-Runtime-Invoked-Function-Arn: ");
    output.extend_from_slice(delivery.function_arn.as_bytes());
    if let Some(qualifier) = delivery.qualifier {
        output.extend_from_slice(format!(":{qualifier}").as_bytes());
    }
    output.extend_from_slice(b"\r\nLambda-Runtime-Trace-Id: ");
    output.extend_from_slice(delivery.trace.to_amzn().as_bytes());
    if let Some(client) = delivery.client {
        output.extend_from_slice(b"\r\nLambda-Runtime-Client-Context: ");
        output.extend_from_slice(client);
    }
    output.extend_from_slice(b"\r\nContent-Length: ");
    output.extend_from_slice(number.format(delivery.event.len()).as_bytes());
    output.extend_from_slice(b"\r\n\r\n");
    output.extend_from_slice(delivery.event);
}

pub(crate) fn refuse(output: &mut Vec<u8>, refusal: Refusal) {
    let Refusal { status, error_type, message } = refusal;
    let body = format!(r#"{{"errorMessage":"{message}","errorType":"{error_type}"}}"#);
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    output.extend_from_slice(head.as_bytes());
    output.extend_from_slice(body.as_bytes());
}
