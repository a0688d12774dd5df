//! Which protocol a request speaks, and so how its errors have to look.

use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{Method, Response};
use model::RequestId;
use wire::Body;

use crate::error::AwsError;
use crate::protocol::{json, query, rest};

/// A protocol. The services of two of them have namespaces of their own, once they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Json { namespace: &'static str },
    Query { namespace: &'static str },
    Rest,
}

impl Dialect {
    pub(crate) fn of(head: &Parts) -> Self {
        if head.headers.contains_key("x-amz-target") {
            return Self::Json { namespace: "" };
        }
        let content = head.headers.get(CONTENT_TYPE).map(|value| value.as_bytes());
        let is_form = content.is_some_and(|c| c.starts_with(b"application/x-www-form-urlencoded"));
        let query = head.uri.query().unwrap_or_default();
        let names_action = query.split('&').any(|pair| pair.starts_with("Action="));
        if names_action || (is_form && head.method == Method::POST) {
            return Self::Query { namespace: "" };
        }
        Self::Rest
    }

    pub(crate) fn refuse(
        self,
        error: &AwsError,
        head: &Parts,
        request_id: &RequestId,
    ) -> Response<Body> {
        match self {
            Self::Json { namespace } => json::refuse(error, namespace, head),
            Self::Query { namespace } => query::refuse(error, namespace, request_id),
            Self::Rest => rest::refuse(error),
        }
    }
}
