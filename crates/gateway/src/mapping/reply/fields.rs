//! The members of a result, each read by itself.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::header::{HeaderName, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Malformed;

/// A header's value: functions write numbers and booleans too.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Scalar<'a> {
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

/// A final status, as a number or as text.
pub(super) fn status(raw: Option<&RawValue>) -> Result<StatusCode, Malformed> {
    let text = raw.ok_or_else(Malformed::no_status)?.get();
    let digits = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let code = digits.parse().ok().filter(|code: &u16| (200..600).contains(code));
    let status = code.and_then(|code| StatusCode::from_u16(code).ok());
    status.ok_or_else(|| Malformed::status(text))
}

pub(super) fn text(raw: Option<&RawValue>) -> Result<Cow<'_, str>, Malformed> {
    let Some(raw) = given(raw) else { return Ok(Cow::Borrowed("")) };
    let wrong = || Malformed::kind("body", raw.get(), "text");
    // A string without escapes is the text between its quotes.
    let inner = raw.get().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let inner = inner.ok_or_else(wrong)?;
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(raw.get()).map(Cow::Owned).map_err(|_| wrong())
}

pub(super) fn flag(raw: Option<&RawValue>) -> Result<bool, Malformed> {
    match raw.map_or("false", RawValue::get) {
        "true" | "\"true\"" => Ok(true),
        "false" | "null" | "\"false\"" => Ok(false),
        other => Err(Malformed::kind("isBase64Encoded", other, "true or false")),
    }
}

pub(super) fn read_headers(
    headers: &mut HeaderMap,
    raw: Option<&RawValue>,
) -> Result<(), Malformed> {
    const MEMBER: &str = "headers";
    let Some(raw) = given(raw) else { return Ok(()) };
    let all: BTreeMap<Cow<'_, str>, Scalar<'_>> =
        serde_json::from_str(raw.get()).map_err(|_| Malformed::headers(MEMBER, raw.get()))?;
    for (name, value) in all {
        let (name, Some(value)) = (header_name(MEMBER, &name)?, value.into_text()) else {
            continue;
        };
        if is_ours(&name) {
            continue;
        }
        let value = header_value(MEMBER, &name, &value)?;
        headers.insert(name, value);
    }
    Ok(())
}

/// A name given here replaces the one in `headers`.
pub(super) fn read_lists(headers: &mut HeaderMap, raw: Option<&RawValue>) -> Result<(), Malformed> {
    const MEMBER: &str = "multiValueHeaders";
    let Some(raw) = given(raw) else { return Ok(()) };
    let all: BTreeMap<Cow<'_, str>, Vec<Scalar<'_>>> =
        serde_json::from_str(raw.get()).map_err(|_| Malformed::lists(MEMBER, raw.get()))?;
    for (name, values) in all {
        let name = header_name(MEMBER, &name)?;
        if is_ours(&name) {
            continue;
        }
        headers.remove(&name);
        for value in values.into_iter().filter_map(Scalar::into_text) {
            headers.append(name.clone(), header_value(MEMBER, &name, &value)?);
        }
    }
    Ok(())
}

pub(super) fn read_cookies(
    headers: &mut HeaderMap,
    raw: Option<&RawValue>,
) -> Result<(), Malformed> {
    const MEMBER: &str = "cookies";
    let Some(raw) = given(raw) else { return Ok(()) };
    let cookies: Vec<Cow<'_, str>> = serde_json::from_str(raw.get())
        .map_err(|_| Malformed::kind(MEMBER, raw.get(), "a list of texts"))?;
    for cookie in cookies {
        headers.append(SET_COOKIE, header_value(MEMBER, &SET_COOKIE, &cookie)?);
    }
    Ok(())
}

/// `null` counts as absent.
fn given(raw: Option<&RawValue>) -> Option<&RawValue> {
    raw.filter(|raw| raw.get() != "null")
}

fn header_name(member: &str, name: &str) -> Result<HeaderName, Malformed> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| Malformed::header_name(member, name))
}

fn header_value(member: &str, name: &HeaderName, value: &str) -> Result<HeaderValue, Malformed> {
    HeaderValue::from_str(value).map_err(|_| Malformed::header_value(member, name.as_str()))
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
