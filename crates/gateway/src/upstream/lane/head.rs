//! The head of an answer, read strictly: what two readers could understand in two ways is refused.

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use hyper::ext::ReasonPhrase;
use wire::guard::Field;

use super::flaw::Flaw;
use crate::upstream::hop::{self, Crossing};

/// More fields than many clients take are not unusual in answers that set cookies.
pub(crate) const MOST_FIELDS: usize = 256;
pub(crate) const MOST_BYTES: usize = 128 << 10;
/// Room for what most answers have, and what is added on the way to the client.
const USUAL_FIELDS: usize = 12;
/// Far from overflow, and more than a petabyte.
const MOST_DIGITS: usize = 18;

/// What an answer says of its connection and of the bytes that follow.
#[derive(Debug)]
pub(super) struct Head {
    /// Without the fields that concern this connection only.
    pub(super) response: Response<()>,
    pub(super) length: Option<u64>,
    pub(super) is_chunked: bool,
    /// Whether the connection is kept open after this answer.
    pub(super) is_kept: bool,
    /// The protocol it switches to.
    pub(super) upgrade: Option<HeaderValue>,
}

impl Head {
    pub(super) fn announces_content(&self) -> bool {
        self.is_chunked || self.length.is_some_and(|length| length > 0)
    }
}

/// Where the head ends, once it is whole. `scanned` bytes have been looked at before.
pub(super) fn end(bytes: &[u8], scanned: &mut usize) -> Result<Option<usize>, Flaw> {
    const BEGINNING: &[u8] = b"HTTP/1.";
    let known = bytes.len().min(BEGINNING.len());
    if bytes[..known] != BEGINNING[..known] {
        return Err(Flaw::StatusLine);
    }
    while let Some(found) = memchr::memchr(b'\n', &bytes[*scanned..]) {
        let line_feed = *scanned + found;
        if line_feed >= MOST_BYTES {
            return Err(Flaw::HeadTooLarge);
        }
        if found == 0 || bytes[line_feed - 1] != b'\r' {
            return Err(Flaw::BareLineFeed);
        }
        *scanned = line_feed + 1;
        if found == 1 {
            return Ok(Some(*scanned));
        }
    }
    if bytes.len() > MOST_BYTES { Err(Flaw::HeadTooLarge) } else { Ok(None) }
}

/// Reads a whole head, whose lines [`end`] has seen.
pub(super) fn parse(bytes: &Bytes) -> Result<Head, Flaw> {
    let mut lines = Lines(bytes);
    let first = StatusLine::parse(lines.next().unwrap_or_default())?;
    let mut reading = Reading::of(first.is_old);
    for (index, line) in lines.enumerate() {
        if line.is_empty() {
            break;
        }
        if index == MOST_FIELDS {
            return Err(Flaw::TooManyFields);
        }
        let field = Field::parse(line).map_err(|_| Flaw::Field)?;
        let name = HeaderName::from_bytes(field.name).map_err(|_| Flaw::Field)?;
        let value = HeaderValue::from_maybe_shared(bytes.slice_ref(field.value));
        reading.add(name, value.map_err(|_| Flaw::Field)?)?;
    }
    let mut head = reading.finish()?;
    *head.response.status_mut() = first.status;
    keep_reason(&mut head.response, first.reason);
    Ok(head)
}

/// Splits a head after its line ends.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let line_feed = memchr::memchr(b'\n', self.0)?;
        let (line, rest) = self.0.split_at(line_feed + 1);
        self.0 = rest;
        line.strip_suffix(b"\r\n")
    }
}

/// `HTTP/1.1 200 OK`, of which the reason may be missing.
struct StatusLine<'a> {
    /// Of HTTP/1.0.
    is_old: bool,
    status: StatusCode,
    reason: &'a [u8],
}

impl<'a> StatusLine<'a> {
    fn parse(line: &'a [u8]) -> Result<Self, Flaw> {
        let is_old = match line.get(..9) {
            Some(b"HTTP/1.1 ") => false,
            Some(b"HTTP/1.0 ") => true,
            _ => return Err(Flaw::StatusLine),
        };
        let (code, reason) = line[9..].split_at_checked(3).ok_or(Flaw::StatusLine)?;
        let status = StatusCode::from_bytes(code).map_err(|_| Flaw::StatusLine)?;
        let reason = match reason {
            [] => reason,
            [b' ', reason @ ..] => reason,
            _ => return Err(Flaw::StatusLine),
        };
        let is_text = reason.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~' | 128..));
        if is_text { Ok(Self { is_old, status, reason }) } else { Err(Flaw::StatusLine) }
    }
}

/// A reason of the upstream's own goes along.
fn keep_reason(response: &mut Response<()>, reason: &[u8]) {
    let usual = response.status().canonical_reason().map(str::as_bytes);
    // Beyond ASCII nobody knows what it says.
    let is_kept = !reason.is_empty() && usual != Some(reason) && reason.is_ascii();
    if let (true, Ok(reason)) = (is_kept, ReasonPhrase::try_from(reason)) {
        response.extensions_mut().insert(reason);
    }
}

/// A head whose fields are being read.
struct Reading {
    headers: HeaderMap,
    /// What `Connection` names: other fields, and what becomes of it.
    named: Vec<HeaderName>,
    says_close: bool,
    says_keep: bool,
    says_upgrade: bool,
    length: Option<u64>,
    is_chunked: bool,
    /// Of HTTP/1.0.
    is_old: bool,
    upgrade: Option<HeaderValue>,
}

impl Reading {
    fn of(is_old: bool) -> Self {
        Self {
            headers: HeaderMap::with_capacity(USUAL_FIELDS),
            named: Vec::new(),
            says_close: false,
            says_keep: false,
            says_upgrade: false,
            length: None,
            is_chunked: false,
            is_old,
            upgrade: None,
        }
    }

    fn add(&mut self, name: HeaderName, value: HeaderValue) -> Result<(), Flaw> {
        match hop::crossing(&name) {
            Crossing::Connection => self.connection(&value),
            Crossing::Encoding => self.encoding(&value)?,
            Crossing::Length => {
                self.content_length(&value)?;
                self.headers.append(name, value);
            }
            Crossing::Upgrade => self.upgrade = Some(value),
            Crossing::Never | Crossing::Te => {}
            _ => {
                self.headers.append(name, value);
            }
        }
        Ok(())
    }

    fn connection(&mut self, value: &HeaderValue) {
        // All that most servers say.
        match value.as_bytes() {
            b"keep-alive" => return self.says_keep = true,
            b"close" => return self.says_close = true,
            _ => {}
        }
        for token in hop::tokens(value) {
            match token {
                token if token.eq_ignore_ascii_case("close") => self.says_close = true,
                token if token.eq_ignore_ascii_case("keep-alive") => self.says_keep = true,
                token if token.eq_ignore_ascii_case("upgrade") => self.says_upgrade = true,
                token => self.named.extend(hop::named(token)),
            }
        }
    }

    fn encoding(&mut self, value: &HeaderValue) -> Result<(), Flaw> {
        let is_chunked = value.as_bytes().eq_ignore_ascii_case(b"chunked");
        if !is_chunked || std::mem::replace(&mut self.is_chunked, true) {
            return Err(Flaw::Encoding);
        }
        if self.is_old { Err(Flaw::EncodingTooOld) } else { Ok(()) }
    }

    fn content_length(&mut self, value: &HeaderValue) -> Result<(), Flaw> {
        if self.length.is_some() {
            return Err(Flaw::LengthRepeated);
        }
        let digits = value.as_bytes();
        // `+5` is a number to many parsers.
        if !(1..=MOST_DIGITS).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
            return Err(Flaw::LengthInvalid);
        }
        self.length = Some(digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')));
        Ok(())
    }

    fn finish(mut self) -> Result<Head, Flaw> {
        if self.length.is_some() && self.is_chunked {
            return Err(Flaw::LengthAndEncoding);
        }
        for name in self.named {
            self.headers.remove(name);
        }
        let mut response = Response::new(());
        *response.headers_mut() = self.headers;
        Ok(Head {
            response,
            length: self.length,
            is_chunked: self.is_chunked,
            is_kept: !self.says_close && (!self.is_old || self.says_keep),
            upgrade: self.upgrade.filter(|_| self.says_upgrade),
        })
    }
}

/// Whether an answer to this method or with this status ends with its head, whatever it says.
pub(super) fn ends_at_head(is_head: bool, status: StatusCode) -> bool {
    is_head
        || status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}
