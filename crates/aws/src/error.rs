//! AWS's error answers in the restJson1 protocol.
//! <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization>

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Map, Value};
use wire::Body;

/// An error a client's SDK turns into its exception of the same name.
#[derive(Debug)]
pub(crate) struct AwsError {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// Whose fault it is, as `Type` says it.
    fault: Fault,
    /// `Reason`, which only throttling has.
    reason: Option<&'static str>,
    retry_after: Option<std::time::Duration>,
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    User,
    Service,
}

impl AwsError {
    pub(crate) fn user(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            fault: Fault::User,
            reason: None,
            retry_after: None,
        }
    }

    pub(crate) fn service(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            fault: Fault::Service,
            ..Self::user(StatusCode::INTERNAL_SERVER_ERROR, code, message)
        }
    }

    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn reason(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    pub(crate) fn retry_after(mut self, wait: std::time::Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut members = Map::new();
        let fault = match self.fault {
            Fault::User => "User",
            Fault::Service => "Service",
        };
        members.insert("Type".to_owned(), fault.into());
        if let Some(reason) = self.reason {
            members.insert("Reason".to_owned(), reason.into());
        }
        members.insert(message_member(self.code).to_owned(), self.message.into());
        let mut response = Response::new(Body::full(Value::Object(members).to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("x-amzn-errortype", HeaderValue::from_static(self.code));
        if let Some(wait) = self.retry_after {
            // Rounded up, so that a client that waits is not refused again.
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            headers
                .insert(RETRY_AFTER, HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX)));
        }
        response
    }
}

/// Lambda's own model is not of one mind about the case.
fn message_member(code: &str) -> &'static str {
    match code {
        "ResourceNotFoundException" | "ServiceException" => "Message",
        _ => "message",
    }
}
