//! Requests to APIs, as the gateway writes them.

use bytes::Bytes;
use gateway::sample::Sample as Request;
use http::{HeaderName, HeaderValue, Method, Uri};
use model::api::PayloadFormat;
use wire::Scheme;

use super::{Flag, Given, Sample, SampleProblem, flag};

const FLAGS: &[Flag] = &[
    flag("method", "The request's method", "POST"),
    flag("path", "The path that was asked for", "/orders/7"),
    flag("route", "The route's path, which must match", "/{proxy+}"),
    flag("query", "The query, as in a=1&b=2", ""),
    flag("body", "The request's body", r#"{"message": "hello"}"#),
    flag("stage", "The API's stage", "prod"),
    flag("host", "The API's domain", "api.example.com"),
    Flag {
        name: "header",
        about: "A header, as in 'x-team: blue'; may be given several times",
        default: "",
        many: true,
    },
];

const HTTP_FLAGS: &[Flag] = &[
    FLAGS[0],
    FLAGS[1],
    FLAGS[2],
    FLAGS[3],
    FLAGS[4],
    flag("stage", "The API's stage", "$default"),
    FLAGS[6],
    FLAGS[7],
];

pub(super) const REST: Sample = Sample {
    source: "apigateway",
    kind: "aws-proxy",
    about: "A request to a REST API",
    flags: FLAGS,
    make: |given| event(given, PayloadFormat::Rest),
};

pub(super) const HTTP: Sample = Sample {
    source: "apigateway",
    kind: "http-api-proxy",
    about: "A request to an HTTP API, payload format 2.0",
    flags: HTTP_FLAGS,
    make: |given| event(given, PayloadFormat::V2),
};

pub(super) const HTTP_V1: Sample = Sample {
    source: "apigateway",
    kind: "http-api-proxy-v1",
    about: "A request to an HTTP API, payload format 1.0",
    flags: HTTP_FLAGS,
    make: |given| event(given, PayloadFormat::V1),
};

fn event(given: &Given<'_>, format: PayloadFormat) -> Result<String, SampleProblem> {
    let request = Request {
        format,
        stage: given.text("stage").to_owned(),
        route: given.text("route").to_owned(),
        client: [192, 0, 2, 1].into(),
        scheme: Scheme::Https,
        at: given.now,
        random: given.random,
    };
    let unmatched = || given.problem("route", format!("it does not match {}", given.text("path")));
    let event = request.event(asked(given)?).ok_or_else(unmatched)?;
    Ok(String::from_utf8_lossy(&event).into_owned())
}

fn asked(given: &Given<'_>) -> Result<http::Request<Bytes>, SampleProblem> {
    let method = Method::from_bytes(given.text("method").as_bytes());
    let method = method.map_err(|_| given.problem("method", "it is not a method"))?;
    let (stage, path) = (given.text("stage"), given.text("path"));
    let prefix = if stage == "$default" { String::new() } else { format!("/{stage}") };
    let query = given.optional("query").map(|query| format!("?{query}")).unwrap_or_default();
    let uri = format!("{prefix}{path}{query}").parse::<Uri>();
    let uri = uri.ok().filter(|_| path.starts_with('/'));
    let uri = uri.ok_or_else(|| given.problem("path", "it is not a path"))?;
    let body = match method {
        Method::GET | Method::HEAD if given.all("body").is_empty() => Bytes::new(),
        _ => Bytes::copy_from_slice(given.text("body").as_bytes()),
    };
    let mut request = http::Request::new(body);
    (*request.method_mut(), *request.uri_mut()) = (method, uri);
    add_headers(given, &mut request)?;
    Ok(request)
}

fn add_headers(given: &Given<'_>, request: &mut http::Request<Bytes>) -> Result<(), SampleProblem> {
    let length = request.body().len();
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(request.body()).is_ok();
    let headers = request.headers_mut();
    let host = HeaderValue::from_str(given.text("host"));
    headers.insert("host", host.map_err(|_| given.problem("host", "it is not a domain"))?);
    headers.insert("accept", HeaderValue::from_static("*/*"));
    headers.insert("user-agent", HeaderValue::from_static("curl/8.5.0"));
    if length > 0 {
        let kind = if is_json { "application/json" } else { "text/plain; charset=utf-8" };
        headers.insert("content-type", HeaderValue::from_static(kind));
        headers.insert("content-length", length.into());
    }
    for line in given.all("header") {
        let (name, value) = header(line).ok_or_else(|| SampleProblem {
            flag: "header",
            value: line.clone(),
            reason: "expected 'name: value'".to_owned(),
        })?;
        headers.insert(name, value);
    }
    Ok(())
}

fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    Some((name.trim().parse().ok()?, HeaderValue::from_str(value.trim()).ok()?))
}
