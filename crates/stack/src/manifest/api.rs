//! APIs and their routes as they are written.

use model::api::{LimitHeaders, PayloadFormat, RefusalShape};
use model::{AccessLog, Priority, Protocol};

use super::handover::{AttributeName, InvokeMode};
use super::limit::{Candidates, Limits, Throttles};
use super::sequence::{Failures, JsonText, Probes, SequenceAnswer, Step};
use super::text::{CorsMethod, Host, MediaType, Origin, Stage};
use super::{HeaderName, ModelName, Name, RouteKey, UrlPath, Validate};
use crate::shape::{Filled, Map, Millis, OneOrMany, Size, Spanned, Whole, choice, record};

record! {
    /// A set of routes served under one stage.
    Api is "an API" {
        /// Decides the default event format and the shape of the platform's own answers.
        defaulted protocol: Protocol = "http";
        /// What events and logs call it, instead of its name: APIs that are stages of one share it.
        optional id: Name<model::ApiName>;
        /// The path prefix that the routes are served under. `$default` is none.
        defaulted stage: Stage = "$default";
        /// Host names that the API answers to; without them, all.
        optional hosts: OneOrMany<Spanned<Host>>;
        /// Which pages of other origins may call the API.
        optional cors: Cors;
        /// Rate limits on all routes together or each, in addition to the routes' own.
        optional throttle: Throttles;
        /// Limits of any kind on all routes together or each, in addition to the routes' own.
        optional limits: Limits;
        /// Limits that are tried out on live traffic. They refuse nothing and count whom they would
        /// have refused.
        optional what_if: Candidates;
        /// How answers tell clients where they stand.
        defaulted limit_headers: LimitHeaders = "draft";
        /// The shape of the platform's own answers. A REST API has that of AWS only.
        defaulted refusals: Spanned<RefusalShape> = "aws";
        /// Largest request body accepted.
        defaulted max_body: Size<1, { 10 << 30 }> = "10MB";
        /// How requests are logged.
        defaulted access_log: AccessLog = "json";
        /// Media types that a function receives as bytes, in base64: `image/*`.
        optional binary_media_types: OneOrMany<MediaType>;
        /// Whether requests need an API key; routes may say otherwise.
        defaulted api_key_required: bool = "false";
        /// Where callers read where their API key stands, without being counted: `/me/limits`.
        optional limits_path: Spanned<UrlPath>;
        /// JSON schemas that bodies of requests have to fit where a route's `validate` says so, by
        /// name. They are of draft 4 unless `$schema` says otherwise; `$ref` takes the name of
        /// another.
        optional models: Map<ModelName, JsonText>;
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
        /// Sends the request's body as a message to a queue, and answers 202 once it is stored.
        optional queue: Spanned<Name<model::QueueName>>;
        /// Publishes the request's body to a topic, and answers 202 once it is stored.
        optional topic: Spanned<Name<model::TopicName>>;
        /// With `function`: whether the client waits for its answer.
        optional invoke: Spanned<InvokeMode>;
        /// With `queue` or `topic`: the message, instead of the request's body. Its texts may hold the
        /// expressions `{body.NAME}`, `{path.NAME}`, `{query.NAME}` and `{header.NAME}`, as may those of
        /// the keys that follow.
        optional body: JsonText;
        /// With a FIFO queue or topic: the message group.
        optional group: Spanned<Filled>;
        /// With a FIFO queue or topic: what tells duplicates within five minutes.
        optional deduplication: Spanned<Filled>;
        /// With `queue` or `topic`: the message's attributes.
        optional attributes: Map<AttributeName, Spanned<String>>;
        /// With `topic`: the subject of e-mails.
        optional subject: Spanned<Filled>;
        /// Upstreams that are called one after another; later calls use earlier answers.
        optional sequence: OneOrMany<Step, 16>;
        /// What a sequence answers, instead of its last step's answer.
        optional answer: SequenceAnswer;
        /// What a sequence answers when a step fails that has no answer of its own.
        optional failures: Failures;
        /// Upstreams that are asked whether they are well: 200 if all are, 503 if not.
        optional health: Probes;
        /// A fixed answer.
        optional mock: Mock;
        /// Sends the client elsewhere.
        optional redirect: Redirect;
        /// Longest time that an answer may take: 30s, or 29s in a REST API, when not given.
        optional timeout: Millis<1, 900_000>;
        /// Who goes first under `listen.overload`.
        defaulted priority: Priority = "normal";
        /// Rate limits in addition to the API's.
        optional throttle: Throttles;
        /// Limits of any kind in addition to the API's.
        optional limits: Limits;
        /// Whether the API's `throttle`, `limits` and `what_if` count requests of this route. `false` is for
        /// health checks and pages that nobody should be refused.
        defaulted api_limits: bool = "true";
        /// Whether requests need an API key. As the API says when not given.
        optional api_key_required: bool;
        /// What is asked of requests before anything is called.
        optional validate: Validate;
    }
}

/// The keys of a route that say what it calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Integrated {
    Function,
    Upstream,
    Queue,
    Topic,
    Sequence,
    Health,
    Mock,
    Redirect,
}

impl Integrated {
    pub(crate) const ALL: [Self; 8] = [
        Self::Function,
        Self::Upstream,
        Self::Queue,
        Self::Topic,
        Self::Sequence,
        Self::Health,
        Self::Mock,
        Self::Redirect,
    ];

    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Upstream => "upstream",
            Self::Queue => "queue",
            Self::Topic => "topic",
            Self::Sequence => "sequence",
            Self::Health => "health",
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

choice!(Priority: "a priority" {
    /// Turned away first.
    "low" => Priority::Low,
    /// In between.
    "normal" => Priority::Normal,
    /// Turned away last, and never for lag.
    "critical" => Priority::Critical,
});

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

choice!(LimitHeaders: "a way to tell where clients stand" {
    /// `RateLimit` and `RateLimit-Policy`, as the IETF's draft has them.
    "draft" => LimitHeaders::Draft,
    /// `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` of the limit with the
    /// smallest share left.
    "legacy" => LimitHeaders::Legacy,
    /// All of them.
    "both" => LimitHeaders::Both,
    /// None of them; `Retry-After` stays.
    "none" => LimitHeaders::None,
});

choice!(RefusalShape: "a shape of answers" {
    /// `{"message": ...}`, as API Gateway answers.
    "aws" => RefusalShape::Aws,
    /// A problem document that names the limit and where the caller stands.
    "problem" => RefusalShape::Problem,
});
