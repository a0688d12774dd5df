//! Several calls of upstreams that make one answer. Texts in it hold [expressions](crate::expression).

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::UpstreamName;

/// Steps that are taken one after another, each as long as those before it succeeded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Sequence {
    /// At least one.
    pub steps: Vec<Step>,
    /// Instead of the last step's answer as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<SequenceAnswer>,
    /// For every step that does not have its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<FailureAnswer>,
}

/// One call of an upstream.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Step {
    /// Unique in its sequence, and none of [`crate::expression::ROOTS`].
    pub name: String,
    pub upstream: UpstreamName,
    #[serde(serialize_with = "as_text")]
    pub method: http::Method,
    pub path: String,
    /// In order, names lower case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// JSON with expressions in its texts; `{raw}` alone is the request's body as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    #[serde(
        serialize_with = "crate::units::serialize_optional_span",
        skip_serializing_if = "Option::is_none"
    )]
    pub timeout: Option<Duration>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<FailureAnswer>,
}

/// What a sequence answers when all steps succeeded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SequenceAnswer {
    /// The last step's when there is none.
    pub status: Option<u16>,
    pub headers: Vec<(String, String)>,
    /// The last step's when there is none.
    pub body: Option<Value>,
}

/// What is answered when a step fails.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FailureAnswer {
    pub cause: FailureCause,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// JSON without expressions.
    pub body: Option<Value>,
}

/// How a step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureCause {
    /// The upstream cannot be connected to.
    Unreachable,
    /// As many requests as it may have at a time are under way, and none ended in time.
    Busy,
    TimedOut,
    /// What it answered is not what was to be read.
    Malformed,
    /// The request lacks what the step needs of it.
    BadRequest,
    /// It answered with this status.
    Status(u16),
}

impl fmt::Display for FailureCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("unreachable"),
            Self::Busy => f.write_str("busy"),
            Self::TimedOut => f.write_str("timed_out"),
            Self::Malformed => f.write_str("malformed"),
            Self::BadRequest => f.write_str("bad_request"),
            Self::Status(status) => status.fmt(f),
        }
    }
}

impl serde::Serialize for FailureCause {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A server whose health is part of an answer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Probe {
    /// What the answer calls it.
    pub name: String,
    pub upstream: UpstreamName,
    pub path: String,
}

fn as_text<S: serde::Serializer>(method: &http::Method, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(method.as_str())
}
