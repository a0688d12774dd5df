//! Why an upstream gave no answer.

use std::error::Error;
use std::fmt;

use http::StatusCode;

#[derive(Debug)]
pub struct UpstreamError {
    pub kind: UpstreamErrorKind,
    /// `host:port` of the address that was tried last.
    pub address: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UpstreamErrorKind {
    /// Its name has no address.
    Resolve,
    /// The connection was refused or failed.
    Connect,
    ConnectTimeout,
    /// The connection ended before the head of an answer.
    Closed,
    /// What came back is not HTTP.
    Malformed,
    /// The request went out and no answer came.
    ResponseTimeout,
    /// Neither side of a body in flight moved.
    IdleTimeout,
    /// The route's time was up.
    Deadline,
    /// The client's body failed on its way; the status is what the client is told.
    RequestBody(StatusCode),
}

/// Whose doing an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Client,
    Upstream,
    /// Nobody's: there was too little time.
    Route,
}

impl UpstreamErrorKind {
    pub fn status(self) -> StatusCode {
        match self {
            Self::Resolve | Self::Connect => StatusCode::SERVICE_UNAVAILABLE,
            Self::Closed | Self::Malformed => StatusCode::BAD_GATEWAY,
            Self::ConnectTimeout | Self::ResponseTimeout | Self::IdleTimeout | Self::Deadline => {
                StatusCode::GATEWAY_TIMEOUT
            }
            Self::RequestBody(status) => status,
        }
    }

    pub fn fault(self) -> Fault {
        match self {
            Self::RequestBody(_) => Fault::Client,
            Self::Deadline => Fault::Route,
            _ => Fault::Upstream,
        }
    }

    /// Whether the upstream got the request and stands still. To ask the same address again would be
    /// more work for one that has too much.
    pub fn is_standstill(self) -> bool {
        matches!(self, Self::ResponseTimeout | Self::IdleTimeout)
    }

    /// For metrics and logs.
    pub fn label(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::ConnectTimeout => "connect_timeout",
            Self::Closed => "closed",
            Self::Malformed => "malformed",
            Self::ResponseTimeout => "response_timeout",
            Self::IdleTimeout => "idle_timeout",
            Self::Deadline => "deadline",
            Self::RequestBody(_) => "request_body",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Resolve => "its name cannot be resolved",
            Self::Connect => "it cannot be reached",
            Self::ConnectTimeout => "connecting took too long",
            Self::Closed => "it closed the connection without an answer",
            Self::Malformed => "its answer is not HTTP/1.1",
            Self::ResponseTimeout => "it did not answer in time",
            Self::IdleTimeout => "the body stood still for too long",
            Self::Deadline => "it did not answer within the route's time",
            Self::RequestBody(_) => "the client's body failed",
        }
    }
}

impl UpstreamError {
    pub(super) fn new(kind: UpstreamErrorKind) -> Self {
        Self { kind, address: String::new(), source: None }
    }

    pub(super) fn caused(
        kind: UpstreamErrorKind,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { kind, address: String::new(), source: Some(source.into()) }
    }

    pub(super) fn at(mut self, address: impl fmt::Display) -> Self {
        self.address = address.to_string();
        self
    }

    pub fn status(&self) -> StatusCode {
        self.kind.status()
    }
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "upstream {}: {}", self.address, self.kind.text())
    }
}

impl Error for UpstreamError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
