//! APIs and their routes as they are written.

use model::api::PayloadFormat;
use model::{Protocol, ThrottleKey};
use serde_json::{Value as Json, json};

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
        optional throttle: OneOrMany<Throttle>;
        /// Largest request body accepted.
        defaulted max_body: Size<1, { 10 << 30 }> = "10MB";
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
        optional throttle: OneOrMany<Throttle>;
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
        /// 301, 302, 303, 307 or 308.
        defaulted status: Spanned<Whole<0, 999>> = "302";
        /// Where to; `{name}` stands for a path parameter.
        required location: Spanned<Filled>;
    }
}

record! {
    /// A rate limit.
    Throttle is "a throttle" {
        /// What tells one caller from another. `ip`, `route`, `api`, `header:NAME` or
        /// `path:PARAMETER`, or several together.
        required by: OneOrMany<Spanned<ThrottleKey>>;
        /// How many requests over time: `20/min`.
        required rate: Permits;
        /// How many requests at once; as many as the rate has when not given.
        optional burst: Whole<1, { u32::MAX as u64 }>;
        /// Its name in the `RateLimit-Policy` header; unique within the API.
        optional name: Spanned<PolicyName>;
    }
}

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

choice!(PayloadFormat: "a payload format" {
    /// HTTP API, format 2.0.
    "2.0" => PayloadFormat::V2,
    /// HTTP API, format 1.0.
    "1.0" => PayloadFormat::V1,
    /// REST API Lambda proxy.
    "rest" => PayloadFormat::Rest,
});

/// Declares texts that are checked and kept as they are.
macro_rules! checked_text {
    ($($(#[doc = $doc:literal])+ $name:ident: $what:literal, $pattern:literal, $check:expr;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) String);

        impl Text for $name {
            const WHAT: &'static str = $what;

            fn parse(text: &str) -> Result<Self, Refused> {
                let check: fn(&str) -> Result<String, Refused> = $check;
                check(text).map(Self)
            }

            fn text_schema() -> Json {
                json!({ "type": "string", "pattern": $pattern })
            }
        }

        text_shape!($name);
    )+};
}

checked_text! {
    /// A stage's name.
    Stage: "a stage such as `prod`", r"^(\$default|[A-Za-z0-9_-]{1,128})$", |text| {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if text == "$default" || (1..=128).contains(&text.len()) && text.chars().all(is_word) {
            return Ok(text.to_owned());
        }
        Err(Refused::new(Code::Name, "is not a stage")
            .help("use `$default`, or letters, digits, `-` and `_`"))
    };
    /// A host name, in lower case.
    Host: "a host name", "^[A-Za-z0-9.-]+$", |text| {
        if is_host_name(text) {
            return Ok(text.to_ascii_lowercase());
        }
        let help = if text.contains("://") {
            "leave out the scheme"
        } else if text.contains(':') {
            "leave out the port"
        } else if text.contains('*') {
            "name each host; without `hosts` an API answers to all"
        } else {
            "write a name such as `api.example.com`"
        };
        Err(Refused::new(Code::Host, "is not a host name").help(help))
    };
    /// The name of a throttle.
    PolicyName: "a name", "^[A-Za-z0-9_-]{1,64}$", |text| {
        Name::<model::ApiName>::parse(text).map(|name| name.0.to_string())
    };
    /// A media type, or a range of them.
    MediaType: "a media type such as `image/*`", "^[^/ ]+/[^/ ]+$", |text| {
        let is_token = |part: &str| {
            let ok = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+*".contains(c);
            !part.is_empty() && part.chars().all(ok)
        };
        match text.split_once('/') {
            Some((kind, rest)) if is_token(kind) && is_token(rest) => Ok(text.to_ascii_lowercase()),
            _ => Err(Refused::new(Code::MediaType, "is not a media type")
                .help("write a type and a subtype such as `image/png`, or `image/*`")),
        }
    };
    /// A web origin, or `*`.
    Origin: "an origin such as `https://app.example`", r"^(\*|[a-z][a-z0-9+.-]*://[^/]+)$", origin;
    /// A method that pages may use.
    CorsMethod: "a method such as `GET`", r"^(\*|[A-Z]+)$", |text| {
        const ALL: [&str; 8] = ["*", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        if ALL.contains(&text) {
            return Ok(text.to_owned());
        }
        let help = did_you_mean(text, ALL[1..].iter().copied());
        let refused = Refused::new(Code::Cors, "is not a method that pages can use");
        Err(refused.help(help.unwrap_or_else(|| "use `GET`, `POST`, ... or `*`".to_owned())))
    };
}

fn origin(text: &str) -> Result<String, Refused> {
    if text == "*" {
        return Ok(text.to_owned());
    }
    let refused = Refused::new(Code::Cors, "is not an origin");
    let Some((scheme, authority)) = text.split_once("://") else {
        return Err(match text.contains('.') || text.starts_with("localhost") {
            true => refused.help(format!("did you mean `https://{text}`?")),
            false => {
                refused.help("write a scheme and a host such as `https://app.example`, or `*`")
            }
        });
    };
    if let Some((authority, _)) = authority.split_once('/') {
        return Err(refused.help(format!("did you mean `{scheme}://{authority}`?")));
    }
    if authority.contains('*') {
        return Err(refused.help("name each origin, or allow all with `*`"));
    }
    let scheme_ok = !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_lowercase());
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let host_ok = is_host_name(host) || host.starts_with('[');
    if !scheme_ok || !host_ok || authority != authority.to_ascii_lowercase() {
        return Err(refused.help("write a scheme and a host in lower case"));
    }
    Ok(text.to_owned())
}

pub(super) fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

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
