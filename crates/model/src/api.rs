//! An API: a set of routes with their stage, as the stack declares it.

use std::fmt;
use std::time::Duration;

use crate::sequence::{Probe, Sequence};
use crate::{
    ApiName, ByteSize, FunctionName, Handover, Limit, Models, Priority, UpstreamName, Validation,
};

/// A set of routes served under one stage.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Api {
    pub name: ApiName,
    /// What events and logs call it, if not by its name: the stages of one API share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ApiName>,
    pub protocol: Protocol,
    /// `$default` is served without a path prefix; `prod` under `/prod`.
    pub stage: String,
    /// Host names this API answers to; empty answers to all.
    pub hosts: Vec<String>,
    pub cors: Option<Cors>,
    /// Applied to every route of the API, before the route's own.
    pub limits: Vec<Limit>,
    pub limit_headers: LimitHeaders,
    pub refusals: RefusalShape,
    /// Largest request body accepted; API Gateway's is 10 MB.
    pub max_body: ByteSize,
    pub access_log: AccessLog,
    /// Media types treated as bytes by a REST API, e.g. `image/*`.
    pub binary_media_types: Vec<String>,
    /// Where a caller reads where its API key stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits_path: Option<String>,
    /// What bodies of requests have to fit where a route says so.
    #[serde(skip_serializing_if = "Models::is_empty")]
    pub models: Models,
    pub routes: Vec<Route>,
}

impl Api {
    /// What events and logs call it.
    pub fn id(&self) -> &ApiName {
        self.id.as_ref().unwrap_or(&self.name)
    }
}

/// Decides the default event format and the shape of the platform's own answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Like an API Gateway HTTP API.
    Http,
    /// Like an API Gateway REST API.
    Rest,
}

/// Whether requests are logged, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessLog {
    /// One JSON object a line.
    #[default]
    Json,
    Off,
}

/// How answers tell clients where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LimitHeaders {
    /// `RateLimit` and `RateLimit-Policy`.
    #[default]
    Draft,
    /// `X-RateLimit-*`.
    Legacy,
    Both,
    None,
}

/// The shape of the platform's own answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RefusalShape {
    /// As API Gateway answers.
    #[default]
    Aws,
    /// <https://www.rfc-editor.org/rfc/rfc9457>
    Problem,
}

/// Method and path pattern, and what they call.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Route {
    pub method: MethodMatch,
    pub path: PathPattern,
    pub integration: Integration,
    /// In addition to the API's.
    pub limits: Vec<Limit>,
    /// Whether the API's limits, and those that are tried out on it, count requests of this route.
    #[serde(skip_serializing_if = "is_true")]
    pub api_limits: bool,
    /// Who is turned away first when there is too much to do.
    pub priority: Priority,
    /// Whether requests need an API key of a usage plan that is good for the API.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub api_key_required: bool,
    /// What is asked of requests before anything is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<Validation>,
    /// Longest time the integration may take; API Gateway's is 30 s (HTTP) or 29 s (REST).
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub timeout: Duration,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_true(value: &bool) -> bool {
    *value
}

impl Api {
    /// Its limits and those of its routes.
    pub fn declared(&self) -> impl Iterator<Item = &Limit> {
        self.limits.iter().chain(self.routes.iter().flat_map(|route| &route.limits))
    }
}

impl Route {
    /// `GET /orders/{id}`, or `$default`.
    pub fn key(&self) -> String {
        match &self.path {
            PathPattern::Default => "$default".to_owned(),
            PathPattern::Path { .. } => format!("{} {}", self.method, self.path),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum MethodMatch {
    Any,
    /// Upper case.
    One(http::Method),
}

impl fmt::Display for MethodMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("ANY"),
            Self::One(method) => f.write_str(method.as_str()),
        }
    }
}

impl serde::Serialize for MethodMatch {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PathPattern {
    /// `$default`: whatever no other route matches.
    Default,
    Path {
        /// As written, with a leading slash.
        text: String,
        segments: Vec<PathSegment>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PathSegment {
    Literal(String),
    /// `{id}`: exactly one segment.
    Parameter(String),
    /// `{proxy+}`: one or more segments, last only.
    Greedy(String),
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("$default"),
            Self::Path { text, .. } => f.write_str(text),
        }
    }
}

impl serde::Serialize for PathPattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a route calls.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Integration {
    Function {
        function: FunctionName,
        payload: PayloadFormat,
    },
    Upstream {
        upstream: UpstreamName,
        /// Replaces the request's path; `{name}` stands for a path parameter. `None` passes the
        /// path on as it came, without the stage.
        path: Option<String>,
        /// Pass the client's `Host` on instead of the upstream's own.
        preserve_host: bool,
    },
    /// Several upstreams, one after another.
    Sequence(Sequence),
    /// Whether several upstreams are well.
    #[serde(serialize_with = "probes")]
    Health(Vec<Probe>),
    /// A queue, a topic, or a function that runs later.
    Handover(Handover),
    /// A fixed answer.
    Mock(MockReply),
    /// Sends the client elsewhere; `{name}` in `location` stands for a path parameter.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        location: String,
    },
}

/// A tagged variant has to be a map.
fn probes<S: serde::Serializer>(probes: &[Probe], to: S) -> Result<S::Ok, S::Error> {
    use serde::ser::SerializeMap;
    let mut map = to.serialize_map(Some(1))?;
    map.serialize_entry("probes", probes)?;
    map.end()
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MockReply {
    pub status: u16,
    /// In order, names lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// The shape of the event a function receives and of the answer it gives.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum PayloadFormat {
    /// HTTP API, format 2.0.
    #[serde(rename = "2.0")]
    V2,
    /// HTTP API, format 1.0.
    #[serde(rename = "1.0")]
    V1,
    /// REST API Lambda proxy.
    #[serde(rename = "rest")]
    Rest,
}

/// Cross-origin settings of an API, as API Gateway's `CorsConfiguration`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Cors {
    /// Exact origins (`https://app.example`), or `*`.
    pub origins: Vec<String>,
    /// Empty allows the methods that the API's routes have.
    pub methods: Vec<String>,
    /// Lower case; `*` allows what the browser asks for.
    pub headers: Vec<String>,
    pub expose: Vec<String>,
    #[serde(serialize_with = "crate::units::serialize_optional_span")]
    pub max_age: Option<Duration>,
    /// Never together with the origin `*`.
    pub credentials: bool,
}
