//! A request's head, line by line.

use super::Refusal;
use super::field::{Field, trim};
use super::request_line::{RequestLine, Version, is_host};

/// The sizes a head is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadLimits {
    pub bytes: usize,
    pub target_bytes: usize,
    pub fields: usize,
}

/// A client may send an empty line before a request line; more than these is noise.
/// <https://www.rfc-editor.org/rfc/rfc9112#section-2.2-6>
const LEADING_LINES: usize = 2;

/// What has been read of a head so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Head {
    /// Where the first line begins that has not been looked at.
    scanned: usize,
    version: Option<Version>,
    fields: usize,
    /// The authority of an absolute target, and the one Host.
    authority: Option<Span>,
    host: Option<Span>,
    length: Option<u64>,
    chunked: bool,
    upgrade: bool,
    leading_lines: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: usize,
    end: usize,
}

impl Span {
    fn of(part: &[u8], whole: &[u8]) -> Self {
        let start = part.as_ptr().addr() - whole.as_ptr().addr();
        Self { start, end: start + part.len() }
    }

    fn slice(self, whole: &[u8]) -> &[u8] {
        &whole[self.start..self.end]
    }
}

/// What a whole head says about the bytes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outline {
    pub(super) length: usize,
    pub(super) body: BodyFraming,
    pub(super) upgrade: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyFraming {
    None,
    Sized(u64),
    Chunked,
}

impl Head {
    /// Reads on in a head. `bytes` begins where the head begins, in every call for that head.
    /// `Ok(None)` wants more.
    pub(super) fn scan(
        &mut self,
        bytes: &[u8],
        limits: &HeadLimits,
    ) -> Result<Option<Outline>, Refusal> {
        while let Some(found) = memchr::memchr(b'\n', &bytes[self.scanned..]) {
            let end = self.scanned + found;
            if end >= limits.bytes {
                return Err(Refusal::HeadTooLarge);
            }
            if found == 0 || bytes[end - 1] != b'\r' {
                return Err(Refusal::BareLineFeed);
            }
            let line = &bytes[self.scanned..end - 1];
            self.scanned = end + 1;
            if !line.is_empty() {
                self.read_line(line, bytes, limits)?;
            } else if self.version.is_some() {
                return self.finish(bytes).map(Some);
            } else {
                self.skip_leading_line()?;
            }
        }
        if bytes.len() > limits.bytes {
            return Err(Refusal::HeadTooLarge);
        }
        Ok(None)
    }

    fn skip_leading_line(&mut self) -> Result<(), Refusal> {
        self.leading_lines += 1;
        if self.leading_lines > LEADING_LINES { Err(Refusal::RequestLine) } else { Ok(()) }
    }

    fn read_line(&mut self, line: &[u8], whole: &[u8], limits: &HeadLimits) -> Result<(), Refusal> {
        if self.version.is_some() {
            return self.read_field(line, whole, limits);
        }
        let request = RequestLine::parse(line, limits.target_bytes)?;
        self.version = Some(request.version);
        self.authority = request.authority.map(|authority| Span::of(authority, whole));
        Ok(())
    }

    fn read_field(
        &mut self,
        line: &[u8],
        whole: &[u8],
        limits: &HeadLimits,
    ) -> Result<(), Refusal> {
        let field = Field::parse(line)?;
        self.fields += 1;
        if self.fields > limits.fields {
            return Err(Refusal::TooManyFields);
        }
        // The length tells almost all fields from those that matter here.
        match field.name.len() {
            4 if field.is_named(b"host") => self.host(field.value, whole),
            14 if field.is_named(b"content-length") => self.content_length(field.value),
            17 if field.is_named(b"transfer-encoding") => self.transfer_encoding(field.value),
            6 if field.is_named(b"expect") => expect(field.value),
            7 if field.is_named(b"upgrade") => {
                self.upgrade = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn host(&mut self, value: &[u8], whole: &[u8]) -> Result<(), Refusal> {
        if self.host.is_some() {
            return Err(Refusal::HostRepeated);
        }
        if !is_host(value) {
            return Err(Refusal::HostInvalid);
        }
        self.host = Some(Span::of(value, whole));
        Ok(())
    }

    fn content_length(&mut self, value: &[u8]) -> Result<(), Refusal> {
        if self.length.is_some() {
            return Err(Refusal::LengthRepeated);
        }
        // Eighteen digits stay clear of the marks hyper keeps at the top of 64 bits.
        let is_number = (1..=18).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
        if !is_number {
            return Err(Refusal::LengthInvalid);
        }
        self.length =
            Some(value.iter().fold(0, |length, digit| length * 10 + u64::from(digit - b'0')));
        Ok(())
    }

    fn transfer_encoding(&mut self, value: &[u8]) -> Result<(), Refusal> {
        if self.chunked {
            return Err(Refusal::EncodingRepeated);
        }
        if !value.eq_ignore_ascii_case(b"chunked") {
            return Err(refuse_encoding(value));
        }
        self.chunked = true;
        Ok(())
    }

    fn finish(&self, whole: &[u8]) -> Result<Outline, Refusal> {
        let version = self.version.unwrap_or(Version::Http10);
        self.check_host(version, whole)?;
        let body = match (self.length, self.chunked) {
            (Some(_), true) => return Err(Refusal::LengthAndEncoding),
            (None, true) if version == Version::Http10 => return Err(Refusal::EncodingTooOld),
            (None, true) => BodyFraming::Chunked,
            (None | Some(0), false) => BodyFraming::None,
            (Some(length), false) => BodyFraming::Sized(length),
        };
        let upgrade = self.upgrade && version == Version::Http11;
        Ok(Outline { length: self.scanned, body, upgrade })
    }

    fn check_host(&self, version: Version, whole: &[u8]) -> Result<(), Refusal> {
        match (self.host, self.authority) {
            (None, _) if version == Version::Http11 => Err(Refusal::HostMissing),
            (Some(host), Some(authority))
                if !host.slice(whole).eq_ignore_ascii_case(authority.slice(whole)) =>
            {
                Err(Refusal::HostMismatch)
            }
            _ => Ok(()),
        }
    }
}

fn expect(value: &[u8]) -> Result<(), Refusal> {
    let known = value.eq_ignore_ascii_case(b"100-continue");
    if known { Ok(()) } else { Err(Refusal::Expectation) }
}

/// A list of codings that ends in one `chunked` is legal but not understood here; all else leaves
/// the length of the body in doubt.
/// <https://www.rfc-editor.org/rfc/rfc9112#section-6.3-2.4.2>
fn refuse_encoding(value: &[u8]) -> Refusal {
    let mut codings = value.split(|&byte| byte == b',').map(trim).rev();
    let ends_chunked = codings.next().is_some_and(|last| last.eq_ignore_ascii_case(b"chunked"));
    let others_named =
        codings.all(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"chunked"));
    if ends_chunked && others_named {
        Refusal::EncodingUnsupported
    } else {
        Refusal::EncodingInvalid
    }
}
