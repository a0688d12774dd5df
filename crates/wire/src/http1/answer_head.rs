//! The head of an answer, written out.

use http::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderValue, TRANSFER_ENCODING};
use http::response::Parts;
use http::{StatusCode, Version};
use hyper::ext::ReasonPhrase;

use crate::outgoing::{Length, line};

/// What of a request matters to its answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) version: Version,
    /// Its method is HEAD.
    pub(super) is_head: bool,
    /// Another request may follow this one.
    pub(super) keeps_alive: bool,
    pub(super) takes_trailers: bool,
}

/// What a head has told the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) length: Length,
    /// The connection ends with this answer.
    pub(super) is_last: bool,
}

/// What the fields say that are written in a way of their own.
#[derive(Default)]
struct Apart<'a> {
    length: Option<&'a HeaderValue>,
    connection: Option<&'a HeaderValue>,
    says_close: bool,
    is_dated: bool,
}

/// `size` is what the body knows of its own length.
pub(super) fn write(
    out: &mut Vec<u8>,
    head: &Parts,
    size: Option<u64>,
    asked: Asked,
    date: &[u8],
) -> Told {
    write_status(out, head, asked);
    let apart = write_fields(out, head);
    let length = length_of(head.status, size, apart.length, asked);
    match length {
        Length::Of(bytes) => write_length(out, bytes),
        Length::Unknown => line(out, b"transfer-encoding", b"chunked"),
        Length::NoBody => tell_length_of_nothing(out, head.status, size, apart.length, asked),
        Length::UntilClose => {}
    }
    let is_switch = head.status == StatusCode::SWITCHING_PROTOCOLS;
    let is_last = !asked.keeps_alive
        || apart.says_close
        || length == Length::UntilClose
        || head.status.is_informational();
    match apart.connection {
        Some(value) if is_switch => line(out, b"connection", value.as_bytes()),
        _ if is_switch => {}
        _ if is_last => line(out, b"connection", b"close"),
        // Without it, a client of HTTP/1.0 expects the end.
        _ if asked.version == Version::HTTP_10 => line(out, b"connection", b"keep-alive"),
        _ => {}
    }
    if !apart.is_dated {
        line(out, b"date", date);
    }
    out.extend_from_slice(b"\r\n");
    Told { length, is_last }
}

fn write_status(out: &mut Vec<u8>, head: &Parts, asked: Asked) {
    let reason = head.extensions.get::<ReasonPhrase>();
    if head.status == StatusCode::OK && asked.version == Version::HTTP_11 && reason.is_none() {
        return out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
    }
    let usual = head.status.canonical_reason().unwrap_or_default().as_bytes();
    let version = if asked.version == Version::HTTP_10 { b"HTTP/1.0 " } else { b"HTTP/1.1 " };
    out.extend_from_slice(version);
    out.extend_from_slice(head.status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(reason.map_or(usual, ReasonPhrase::as_bytes));
    out.extend_from_slice(b"\r\n");
}

fn write_fields<'a>(out: &mut Vec<u8>, head: &'a Parts) -> Apart<'a> {
    let mut apart = Apart::default();
    for (name, value) in &head.headers {
        match *name {
            CONTENT_LENGTH => apart.length = Some(value),
            // What frames a message is decided here.
            TRANSFER_ENCODING => {}
            CONNECTION => {
                apart.connection = Some(value);
                apart.says_close |= lists_close(value);
            }
            _ => {
                apart.is_dated |= *name == DATE;
                line(out, name.as_str().as_bytes(), value.as_bytes());
            }
        }
    }
    apart
}

fn lists_close(value: &HeaderValue) -> bool {
    let text = value.to_str().unwrap_or_default();
    text.split(',').any(|entry| entry.trim().eq_ignore_ascii_case("close"))
}

/// <https://www.rfc-editor.org/rfc/rfc9112#section-6.3>
fn length_of(
    status: StatusCode,
    size: Option<u64>,
    announced: Option<&HeaderValue>,
    asked: Asked,
) -> Length {
    let ends_at_head = asked.is_head
        || status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if ends_at_head {
        return Length::NoBody;
    }
    match size.or_else(|| number(announced?)) {
        Some(bytes) => Length::Of(bytes),
        None if asked.version == Version::HTTP_10 => Length::UntilClose,
        None => Length::Unknown,
    }
}

/// An answer without a body may say how long one would have been.
/// <https://www.rfc-editor.org/rfc/rfc9110#section-8.6>
fn tell_length_of_nothing(
    out: &mut Vec<u8>,
    status: StatusCode,
    size: Option<u64>,
    announced: Option<&HeaderValue>,
    asked: Asked,
) {
    if status.is_informational() || status == StatusCode::NO_CONTENT {
        return;
    }
    let announced = announced.and_then(number);
    let held = size.filter(|bytes| asked.is_head && *bytes > 0);
    if let Some(bytes) = announced.or(held) {
        write_length(out, bytes);
    }
}

fn write_length(out: &mut Vec<u8>, bytes: u64) {
    line(out, b"content-length", itoa::Buffer::new().format(bytes).as_bytes());
}

fn number(value: &HeaderValue) -> Option<u64> {
    let digits = value.as_bytes();
    let is_number = (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
}
