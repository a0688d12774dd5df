//! Denials that the platform answers itself, and the one place where they get their wire shape.

pub(crate) mod problem;
mod shape;

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use limits::headers::whole_seconds;
use model::Protocol;
use wire::{Body, BodyError};

use crate::call::Call;
use crate::plan::RoutePlan;
use crate::validation::Missing;
use shape::Shape;

/// Why a request is not answered by its integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    BadRequest,
    /// It lacks parameters that its route asks for.
    MissingParameters(Missing),
    /// Its body is nothing that its route's model fits.
    InvalidBody,
    /// No API answers to this host and path.
    NoApi,
    /// The API has no route for this method and path.
    NoRoute,
    BodyTooLarge,
    BodyTooSlow,
    /// It has no API key that opens the route.
    Forbidden,
    /// It lacks what a limit counts by, and the limit wants it refused then; or it has it more than once,
    /// as several API keys.
    Unidentified {
        /// The limit's position among those that the route enforces; `None` where its API key is meant.
        limit: Option<u8>,
    },
    Throttled {
        retry_after: Duration,
    },
    QuotaExceeded {
        retry_after: Duration,
    },
    /// The store of a limit does not answer, and the limit wants nothing admitted then.
    LimitUnknown {
        retry_after: Duration,
    },
    FunctionBusy {
        retry_after: Duration,
    },
    FunctionUnavailable {
        retry_after: Duration,
    },
    FunctionFailed,
    FunctionMissing,
    MalformedReply,
    TimedOut,
    UpstreamUnavailable,
    UpstreamFailed,
    Stopping,
    /// Whoever it is handed over to does not exist.
    ReceiverMissing,
    /// What it hands over could not be stored.
    NotKept,
    /// It has all the requests that it is to have at once.
    UpstreamBusy {
        retry_after: Duration,
    },
    /// The server has more to do than it can.
    Overloaded {
        retry_after: Duration,
    },
}

impl Refusal {
    /// Every refusal's name, in the order of [`Refusal::index`].
    pub(crate) const NAMES: [&'static str; 25] = [
        "bad_request",
        "no_api",
        "no_route",
        "body_too_large",
        "body_too_slow",
        "throttled",
        "function_busy",
        "function_unavailable",
        "function_failed",
        "function_missing",
        "malformed_reply",
        "timed_out",
        "upstream_unavailable",
        "upstream_failed",
        "stopping",
        "unidentified",
        "quota_exceeded",
        "limit_unknown",
        "upstream_busy",
        "overloaded",
        "forbidden",
        "receiver_missing",
        "not_kept",
        "missing_parameters",
        "invalid_body",
    ];

    pub(crate) fn index(self) -> usize {
        match self {
            Self::BadRequest => 0,
            Self::NoApi => 1,
            Self::NoRoute => 2,
            Self::BodyTooLarge => 3,
            Self::BodyTooSlow => 4,
            Self::Throttled { .. } => 5,
            Self::FunctionBusy { .. } => 6,
            Self::FunctionUnavailable { .. } => 7,
            Self::FunctionFailed => 8,
            Self::FunctionMissing => 9,
            Self::MalformedReply => 10,
            Self::TimedOut => 11,
            Self::UpstreamUnavailable => 12,
            Self::UpstreamFailed => 13,
            Self::Stopping => 14,
            Self::Unidentified { .. } => 15,
            Self::QuotaExceeded { .. } => 16,
            Self::LimitUnknown { .. } => 17,
            Self::UpstreamBusy { .. } => 18,
            Self::Overloaded { .. } => 19,
            Self::Forbidden => 20,
            Self::ReceiverMissing => 21,
            Self::NotKept => 22,
            Self::MissingParameters(_) => 23,
            Self::InvalidBody => 24,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        Self::NAMES[self.index()]
    }

    fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after }
            | Self::QuotaExceeded { retry_after }
            | Self::LimitUnknown { retry_after }
            | Self::FunctionBusy { retry_after }
            | Self::UpstreamBusy { retry_after }
            | Self::Overloaded { retry_after }
            | Self::FunctionUnavailable { retry_after } => Some(retry_after),
            _ => None,
        }
    }

    /// In the shape of the API that the call found, with what only the call knows.
    pub(crate) fn response_to(self, call: &Call, protocol: Protocol) -> Response<Body> {
        let is_url = call.matched().is_some_and(RoutePlan::is_url);
        let shape = if is_url { self.url_shape() } else { self.shape(protocol) };
        let mut response = self.shaped(&shape);
        let named = self.missing(call);
        if !named.is_empty() {
            let message = format!("Missing required request parameters: [{}]", named.join(", "));
            let message = serde_json::Value::String(message);
            *response.body_mut() = Body::full(format!(r#"{{"message": {message}}}"#));
        }
        response
    }

    /// The parameters that the request lacks.
    fn missing(self, call: &Call) -> Vec<&str> {
        let Self::MissingParameters(missing) = self else { return Vec::new() };
        let validation = call.matched().and_then(|route| route.validation.as_ref());
        validation.map(|validation| validation.names(missing).collect()).unwrap_or_default()
    }

    fn shaped(self, shape: &Shape) -> Response<Body> {
        let &Shape { status, body, kind } = shape;
        let mut response = Response::new(Body::full(Bytes::from_static(body.as_bytes())));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if !kind.is_empty() {
            let name = HeaderName::from_static("x-amzn-errortype");
            headers.insert(name, HeaderValue::from_static(kind));
        }
        self.tell_when_to_retry(headers);
        response
    }

    /// At least a second.
    fn tell_when_to_retry(self, headers: &mut HeaderMap) {
        if let Some(wait) = self.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait).max(1)));
        }
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge { .. } => Self::BodyTooLarge,
            BodyError::TooSlow => Self::BodyTooSlow,
            BodyError::Malformed(_) | BodyError::Incomplete | BodyError::Source(_) => {
                Self::BadRequest
            }
        }
    }
}
