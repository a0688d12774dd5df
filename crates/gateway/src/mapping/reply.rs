//! A function's result becomes a response.

mod fields;
mod malformed;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use model::api::PayloadFormat;
use serde::Deserialize;
use serde_json::value::RawValue;
use wire::Body;

use super::body::decode;
use crate::plan::MediaTypes;
use fields::{flag, read_cookies, read_headers, read_lists, status, text};

pub(crate) use malformed::Malformed;

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
) -> Result<Response<Body>, Malformed> {
    match format {
        PayloadFormat::V2 => http_v2(payload),
        PayloadFormat::V1 => http_v1(payload),
        PayloadFormat::Rest => {
            let accept = request.get(ACCEPT).and_then(|accept| accept.to_str().ok());
            rest(payload, accept, binary)
        }
    }
}

/// A result without a status is itself the body, a string as the text that it says.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html#http-api-develop-integrations-lambda.v2>
fn http_v2(payload: &Bytes) -> Result<Response<Body>, Malformed> {
    let fields = v2_fields(payload)?;
    match fields.status_code {
        Some(_) => stated(&fields),
        None => Ok(inferred(unquoted(payload)?)),
    }
}

/// The response to a request for a function URL: as format 2.0 has it, but a string keeps its quotation
/// marks.
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload>
pub(crate) fn url_response(payload: &Bytes) -> Result<Response<Body>, Malformed> {
    let fields = v2_fields(payload)?;
    if fields.status_code.is_some() {
        return stated(&fields);
    }
    let _: &RawValue = read(payload)?;
    Ok(inferred(payload.clone()))
}

fn v2_fields(payload: &Bytes) -> Result<Fields<'_>, Malformed> {
    match payload.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => read(payload),
        _ => Ok(Fields::default()),
    }
}

fn stated(fields: &Fields<'_>) -> Result<Response<Body>, Malformed> {
    let mut head = Head { status: status(fields.status_code)?, headers: HeaderMap::new() };
    read_headers(&mut head.headers, fields.headers)?;
    read_cookies(&mut head.headers, fields.cookies)?;
    let body = match (text(fields.body)?, flag(fields.is_base64_encoded)?) {
        (text, true) => decoded(&text)?,
        (text, false) => text.into_owned().into_bytes(),
    };
    Ok(head.finish("text/plain;charset=UTF-8", body))
}

/// What a JSON string says; any other JSON as it is.
fn unquoted(payload: &Bytes) -> Result<Bytes, Malformed> {
    let value: &RawValue = read(payload)?;
    Ok(match value.get().starts_with('"') {
        true => Bytes::from(text(Some(value))?.into_owned()),
        false => payload.clone(),
    })
}

fn inferred(body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::full(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn http_v1(payload: &Bytes) -> Result<Response<Body>, Malformed> {
    let fields: Fields<'_> = read(payload)?;
    let mut head = Head { status: status(fields.status_code)?, headers: HeaderMap::new() };
    read_headers(&mut head.headers, fields.headers)?;
    read_lists(&mut head.headers, fields.multi_value_headers)?;
    let body = match (text(fields.body)?, flag(fields.is_base64_encoded)?) {
        (text, true) => decoded(&text)?,
        (text, false) => text.into_owned().into_bytes(),
    };
    Ok(head.finish("text/plain;charset=UTF-8", body))
}

fn rest(
    payload: &Bytes,
    accept: Option<&str>,
    binary: &MediaTypes,
) -> Result<Response<Body>, Malformed> {
    let fields: RestFields<'_> = read(payload)?;
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
    let body = if is_binary { decoded(&text)? } else { text.into_owned().into_bytes() };
    Ok(head.finish("application/json", body))
}

fn read<'a, T: Deserialize<'a>>(result: &'a [u8]) -> Result<T, Malformed> {
    serde_json::from_slice(result).map_err(|error| Malformed::result(result, &error))
}

fn decoded(text: &str) -> Result<Vec<u8>, Malformed> {
    decode(text).ok_or_else(Malformed::not_base64)
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
    pub(super) fn of_prelude(prelude: &[u8]) -> Result<Self, Malformed> {
        let fields: Fields<'_> = read(prelude)?;
        let status = match fields.status_code {
            Some(given) => status(Some(given))?,
            None => StatusCode::OK,
        };
        let mut head = Self { status, headers: HeaderMap::new() };
        read_headers(&mut head.headers, fields.headers)?;
        read_lists(&mut head.headers, fields.multi_value_headers)?;
        read_cookies(&mut head.headers, fields.cookies)?;
        Ok(head)
    }
}
