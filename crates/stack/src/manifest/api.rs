//! APIs and their routes as they are written.

use model::api::PayloadFormat;
use model::{AccessLog, MOST_THROTTLES, Protocol, ThrottleKey};
use serde_json::{Value as Json, json};

use super::text::{CorsMethod, Host, MediaType, Origin, PolicyName, Stage};
use super::{HeaderName, Name, RouteKey, UrlPath};
use crate::problem::Code;
use crate::shape::{
    Filled, Map, Millis, OneOrMany, Permits, Refused, Size, Spanned, Text, Whole, choice,
    did_you_mean, record, text_shape,
};

record! {
    /// A set of routes served under one stage.
    Api is "an API" {
        /// Decides the default event format and the shape of the platform's own answers.
        defaulted protocol: Protocol = "http";
        /// The path prefix that the routes are served under. `$default` is none.
        defaulted stage: Stage = "$default";
        /// Host names that the API answers to; without them, all.
        optional hosts: OneOrMany<Spanned<Host>>;
        /// Which pages of other origins may call the API.
        optional cors: Cors;
        /// Rate limits on all routes together or each, in addition to the routes' own.
        optional throttle: Throttles;
        /// Largest request body accepted.
        defaulted max_body: Size<1, { 10 << 30 }> = "10MB";
        /// How requests are logged.
        defaulted access_log: AccessLog = "json";
        /// Media types that a function receives as bytes, in base64: `image/*`.
        optional binary_media_types: OneOrMany<MediaType>;
        /// What is called for which requests, by `METHOD /path` or `$default`.
        required routes: Map<RouteKey, Route>;
    }
}

record! {
    /// What a route calls: a function, an upstream, or a fixed answer.
    Route is "a route" or just "function" {
        /// The function that answers.
        optional function: Spanned<Name<model::FunctionName>>;
        /// The shape of the function's event. The protocol's own when not given.
        optional payload: PayloadFormat;
        /// The upstream that answers.
        optional upstream: Spanned<Name<model::UpstreamName>>;
        /// Replaces the path that the upstream sees; `{name}` stands for a path parameter.
        optional path: Spanned<UrlPath>;
        /// Pass the client's `Host` on instead of the upstream's own.
        defaulted preserve_host: bool = "false";
        /// A fixed answer.
        optional mock: Mock;
        /// Sends the client elsewhere.
        optional redirect: Redirect;
        /// Longest time that an answer may take: 30s, or 29s in a REST API, when not given.
        optional timeout: Millis<1, 900_000>;
        /// Rate limits in addition to the API's.
        optional throttle: Throttles;
    }
}

/// The keys of a route that say what it calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Integrated {
    Function,
    Upstream,
    Mock,
    Redirect,
}

impl Integrated {
    pub(crate) const ALL: [Self; 4] = [Self::Function, Self::Upstream, Self::Mock, Self::Redirect];

    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Upstream => "upstream",
            Self::Mock => "mock",
            Self::Redirect => "redirect",
        }
    }
}

record! {
    /// A fixed answer.
    Mock is "a mock" {
        /// Its status code.
        defaulted status: Spanned<Whole<200, 599>> = "200";
        /// Its headers.
        optional headers: Map<HeaderName, Spanned<String>>;
        /// Its body.
        optional body: Spanned<String>;
    }
}

record! {
    /// An answer that sends the client elsewhere.
    Redirect is "a redirect" or just "location" {
        /// Its status code.
        defaulted status: RedirectStatus = "302";
        /// Where to; `{name}` stands for a path parameter.
        required location: Spanned<Filled>;
    }
}

/// A status that has clients go elsewhere by `Location`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RedirectStatus(pub(crate) u16);

choice!(RedirectStatus: "the status of a redirect" {
    /// Moved for good. Clients may ask with `GET` then.
    "301" => RedirectStatus(301),
    /// Elsewhere for now. Clients may ask with `GET` then.
    "302" => RedirectStatus(302),
    /// What to see is elsewhere. Clients ask with `GET` then.
    "303" => RedirectStatus(303),
    /// Elsewhere for now. Clients keep method and body.
    "307" => RedirectStatus(307),
    /// Moved for good. Clients keep method and body.
    "308" => RedirectStatus(308),
});

record! {
    /// A rate limit.
    Throttle is "a throttle" {
        /// What tells one caller from another. `ip`, `route`, `api`, `header:NAME` or
        /// `path:PARAMETER`, or several together.
        required by: OneOrMany<Spanned<ThrottleKey>>;
        /// How many requests over time: `20/min`.
        required rate: Spanned<Permits>;
        /// How many requests at once; as many as the rate has when not given.
        optional burst: Spanned<Whole<1, { u32::MAX as u64 }>>;
        /// Its name in the `RateLimit-Policy` header; unique within the API.
        optional name: Spanned<PolicyName>;
    }
}

/// Those of an API or of a route; [`MOST_THROTTLES`] bounds both together, too.
pub(crate) type Throttles = OneOrMany<Throttle, MOST_THROTTLES>;

record! {
    /// Cross-origin settings.
    Cors is "a cors setting" {
        /// Exact origins such as `https://app.example`, or `*`.
        required origins: OneOrMany<Spanned<Origin>>;
        /// Methods that may be used; those of the routes when not given.
        optional methods: OneOrMany<CorsMethod>;
        /// Headers that may be sent. `*` allows what the browser asks for.
        optional headers: OneOrMany<HeaderName>;
        /// Headers of an answer that a page may read.
        optional expose: OneOrMany<Spanned<HeaderName>>;
        /// How long a browser may remember the answer.
        optional max_age: Millis<0, 86_400_000>;
        /// Whether cookies and authorization may be sent. Never together with the origin `*`.
        defaulted credentials: bool = "false";
    }
}

choice!(Protocol: "a protocol" {
    /// Like an API Gateway HTTP API.
    "http" => Protocol::Http,
    /// Like an API Gateway REST API.
    "rest" => Protocol::Rest,
});

choice!(AccessLog: "a kind of access log" {
    /// One JSON object a line, for each request.
    "json" => AccessLog::Json,
    /// Nothing is logged. Metrics count on.
    "off" => AccessLog::Off,
});

choice!(PayloadFormat: "a payload format" {
    /// HTTP API, format 2.0.
    "2.0" => PayloadFormat::V2,
    /// HTTP API, format 1.0.
    "1.0" => PayloadFormat::V1,
    /// REST API Lambda proxy.
    "rest" => PayloadFormat::Rest,
});

impl Text for ThrottleKey {
    const WHAT: &'static str = "a key such as `ip`";

    fn parse(text: &str) -> Result<Self, Refused> {
        match text.split_once(':') {
            Some(("header", name)) => HeaderName::parse(name)
                .map(|name| Self::Header(name.0))
                .map_err(|_| Refused::new(Code::Header, "does not name a header")),
            Some(("path", name)) if !name.is_empty() => Ok(Self::PathParameter(name.to_owned())),
            None if text == "ip" => Ok(Self::Ip),
            None if text == "route" => Ok(Self::Route),
            None if text == "api" => Ok(Self::Api),
            _ => {
                let all = "use `ip`, `route`, `api`, `header:NAME` or `path:PARAMETER`".to_owned();
                let near = did_you_mean(text, ["ip", "route", "api"]);
                let why = "is not what a throttle can count by";
                Err(Refused::new(Code::UnknownValue, why).help(near.unwrap_or(all)))
            }
        }
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": "^(ip|route|api|header:.+|path:.+)$" })
    }
}

text_shape!(ThrottleKey);
