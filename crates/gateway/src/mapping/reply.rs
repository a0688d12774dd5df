//! A function's result becomes a response.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderName, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use model::api::PayloadFormat;
use serde::Deserialize;
use serde_json::value::RawValue;
use wire::Body;

use super::body::decode;
use crate::plan::MediaTypes;
use crate::refusal::Refusal;

/// The fields of a result, not yet read.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Fields<'a> {
    #[serde(borrow)]
    status_code: Option<&'a RawValue>,
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
    #[serde(borrow)]
    multi_value_headers: Option<&'a RawValue>,
    #[serde(borrow)]
    cookies: Option<&'a RawValue>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    #[serde(borrow)]
    is_base64_encoded: Option<&'a RawValue>,
}

/// REST APIs refuse a result with any other field.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RestFields<'a> {
    #[serde(borrow)]
    status_code: Option<&'a RawValue>,
    #[serde(borrow)]
    headers: Option<&'a RawValue>,
    #[serde(borrow)]
    multi_value_headers: Option<&'a RawValue>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    #[serde(borrow)]
    is_base64_encoded: Option<&'a RawValue>,
}

/// A header's value: functions write numbers and booleans too.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Flag(bool),
    Integer(i64),
    Decimal(f64),
    Null(()),
}

impl Scalar<'_> {
    fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.into_owned()),
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Integer(number) => Some(number.to_string()),
            Self::Decimal(number) => Some(number.to_string()),
            Self::Null(()) => None,
        }
    }
}

/// What a result says, before its body is read.
pub(super) struct Head {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
}

/// The response to a request whose function answered `payload`.
pub(crate) fn response(
    format: PayloadFormat,
    payload: &Bytes,
    request: &HeaderMap,
    binary: &MediaTypes,
) -> Result<Response<Body>, Refusal> {
    let response = match format {
        PayloadFormat::V2 => http_v2(payload),
        PayloadFormat::V1 => http_v1(payload),
        PayloadFormat::Rest => {
            let accept = request.get(ACCEPT).and_then(|accept| accept.to_str().ok());
            rest(payload, accept, binary)
        }
    };
    response.ok_or(Refusal::MalformedReply)
}

/// The response to a request for a function URL.
pub(crate) fn url_response(payload: &Bytes) -> Result<Response<Body>, Refusal> {
    url(payload).ok_or(Refusal::MalformedReply)
}

/// A result without a status is itself the body, a string as the text that it says.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.v2>
fn http_v2(payload: &Bytes) -> Option<Response<Body>> {
    let fields = v2_fields(payload)?;
    match fields.status_code {
        Some(_) => stated(&fields),
        None => Some(inferred(unquoted(payload)?)),
    }
}

/// As format 2.0 has it, but a string keeps its quotation marks.
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload>
fn url(payload: &Bytes) -> Option<Response<Body>> {
    let fields = v2_fields(payload)?;
    if fields.status_code.is_some() {
        return stated(&fields);
    }
    serde_json::from_slice::<&RawValue>(payload).ok()?;
    Some(inferred(payload.clone()))
}

fn v2_fields(payload: &Bytes) -> Option<Fields<'_>> {
    match payload.iter().find(|byte| !byte.is_ascii_whitespace())? {
        b'{' => serde_json::from_slice(payload).ok(),
        _ => Some(Fields::default()),
    }
}

fn stated(fields: &Fields<'_>) -> Option<Response<Body>> {
    let mut head = Head { status: status(fields.status_code)?, headers: HeaderMap::new() };
    read_headers(&mut head.headers, fields.headers)?;
    read_cookies(&mut head.headers, fields.cookies)?;
    let body = match (text(fields.body)?, flag(fields.is_base64_encoded)?) {
        (text, true) => decode(&text)?,
        (text, false) => text.into_owned().into_bytes(),
    };
    Some(head.finish("text/plain;charset=UTF-8", body))
}

/// What a JSON string says; any other JSON as it is.
fn unquoted(payload: &Bytes) -> Option<Bytes> {
    let value: &RawValue = serde_json::from_slice(payload).ok()?;
    match value.get().starts_with('"') {
        true => Some(Bytes::from(text(Some(value))?.into_owned())),
        false => Some(payload.clone()),
    }
}

fn inferred(body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::full(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn http_v1(payload: &Bytes) -> Option<Response<Body>> {
    let fields: Fields<'_> = serde_json::from_slice(payload).ok()?;
    let mut head = Head { status: status(fields.status_code)?, headers: HeaderMap::new() };
    read_headers(&mut head.headers, fields.headers)?;
    read_lists(&mut head.headers, fields.multi_value_headers)?;
    let body = match (text(fields.body)?, flag(fields.is_base64_encoded)?) {
        (text, true) => decode(&text)?,
        (text, false) => text.into_owned().into_bytes(),
    };
    Some(head.finish("text/plain;charset=UTF-8", body))
}

fn rest(payload: &Bytes, accept: Option<&str>, binary: &MediaTypes) -> Option<Response<Body>> {
    let fields: RestFields<'_> = serde_json::from_slice(payload).ok()?;
    let status = match fields.status_code {
        Some(given) => status(Some(given))?,
        None => StatusCode::OK,
    };
    let mut head = Head { status, headers: HeaderMap::new() };
    read_headers(&mut head.headers, fields.headers)?;
    read_lists(&mut head.headers, fields.multi_value_headers)?;
    let text = text(fields.body)?;
    let is_binary = flag(fields.is_base64_encoded)? && {
        // Only the first type that the client accepts counts.
        let first = accept.and_then(|accept| accept.split(',').next()).unwrap_or("");
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|given| given.to_str().ok());
        binary.contain(first) || content_type.is_some_and(|given| binary.contain(given))
    };
    let body = if is_binary { decode(&text)? } else { text.into_owned().into_bytes() };
    Some(head.finish("application/json", body))
}

impl Head {
    fn finish(self, default_type: &'static str, body: Vec<u8>) -> Response<Body> {
        let mut response = Response::new(Body::full(body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        let headers = response.headers_mut();
        if !headers.contains_key(CONTENT_TYPE) {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(default_type));
        }
        response
    }

    /// The prelude of a streamed response.
    pub(super) fn of_prelude(prelude: &[u8]) -> Option<Self> {
        let fields: Fields<'_> = serde_json::from_slice(prelude).ok()?;
        let status = match fields.status_code {
            Some(given) => status(Some(given))?,
            None => StatusCode::OK,
        };
        let mut head = Self { status, headers: HeaderMap::new() };
        read_headers(&mut head.headers, fields.headers)?;
        read_lists(&mut head.headers, fields.multi_value_headers)?;
        read_cookies(&mut head.headers, fields.cookies)?;
        Some(head)
    }
}

/// A final status, as a number or as text.
fn status(raw: Option<&RawValue>) -> Option<StatusCode> {
    let text = raw?.get();
    let digits = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let code: u16 = digits.parse().ok()?;
    if (200..600).contains(&code) { StatusCode::from_u16(code).ok() } else { None }
}

fn text(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    let Some(raw) = raw.filter(|raw| raw.get() != "null") else {
        return Some(Cow::Borrowed(""));
    };
    // A string without escapes is the text between its quotes.
    let inner = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(raw.get()).ok().map(Cow::Owned)
}

fn flag(raw: Option<&RawValue>) -> Option<bool> {
    match raw.map_or("false", RawValue::get) {
        "true" | "\"true\"" => Some(true),
        "false" | "null" | "\"false\"" => Some(false),
        _ => None,
    }
}

fn read_headers(headers: &mut HeaderMap, raw: Option<&RawValue>) -> Option<()> {
    let Some(raw) = raw.filter(|raw| raw.get() != "null") else {
        return Some(());
    };
    let given: BTreeMap<Cow<'_, str>, Scalar<'_>> = serde_json::from_str(raw.get()).ok()?;
    for (name, value) in given {
        let (name, Some(value)) = (header_name(&name)?, value.into_text()) else {
            continue;
        };
        if is_ours(&name) {
            continue;
        }
        headers.insert(name, HeaderValue::from_str(&value).ok()?);
    }
    Some(())
}

/// A name given here replaces the one in `headers`.
fn read_lists(headers: &mut HeaderMap, raw: Option<&RawValue>) -> Option<()> {
    let Some(raw) = raw.filter(|raw| raw.get() != "null") else {
        return Some(());
    };
    let given: BTreeMap<Cow<'_, str>, Vec<Scalar<'_>>> = serde_json::from_str(raw.get()).ok()?;
    for (name, values) in given {
        let name = header_name(&name)?;
        if is_ours(&name) {
            continue;
        }
        headers.remove(&name);
        for value in values.into_iter().filter_map(Scalar::into_text) {
            headers.append(name.clone(), HeaderValue::from_str(&value).ok()?);
        }
    }
    Some(())
}

fn read_cookies(headers: &mut HeaderMap, raw: Option<&RawValue>) -> Option<()> {
    let Some(raw) = raw.filter(|raw| raw.get() != "null") else {
        return Some(());
    };
    let cookies: Vec<Cow<'_, str>> = serde_json::from_str(raw.get()).ok()?;
    for cookie in cookies {
        headers.append(SET_COOKIE, HeaderValue::from_str(&cookie).ok()?);
    }
    Some(())
}

fn header_name(name: &str) -> Option<HeaderName> {
    HeaderName::from_bytes(name.as_bytes()).ok()
}

/// Framing belongs to the connection, whatever the function says about it.
fn is_ours(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "content-length"
            | "keep-alive"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}
