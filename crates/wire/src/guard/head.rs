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

/// What has been read of a head so far; once it is whole, where its parts are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    /// Where the first line begins that has not been looked at.
    scanned: usize,
    version: Option<Version>,
    pub(crate) method: Span,
    pub(crate) target: Span,
    pub(crate) fields: Vec<FieldSpans>,
    /// The authority of an absolute target, and the one Host.
    authority: Option<Span>,
    host: Option<Span>,
    length: Option<u64>,
    chunked: bool,
    upgrade: bool,
    expects_continue: bool,
    says: Said,
    leading_lines: usize,
}

/// What `Connection` and `TE` say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Said {
    close: bool,
    keep_alive: bool,
    trailers: bool,
}

/// A field's name and value, without the white space around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FieldSpans {
    pub(crate) name: Span,
    pub(crate) value: Span,
}

/// Where in a head something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    fn of(part: &[u8], whole: &[u8]) -> Self {
        let start = part.as_ptr().addr() - whole.as_ptr().addr();
        Self { start, end: start + part.len() }
    }

    pub(crate) fn slice(self, whole: &[u8]) -> &[u8] {
        &whole[self.start..self.end]
    }
}

/// What a whole head says about its connection and the bytes after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline {
    pub length: usize,
    pub(crate) version: Version,
    pub(crate) body: BodyFraming,
    pub(crate) upgrade: bool,
    /// Whether another request may follow.
    pub(crate) keeps_alive: bool,
    /// The body comes once it is asked for.
    pub(crate) expects_continue: bool,
    /// Fields after the body of the answer are read.
    pub(crate) takes_trailers: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFraming {
    None,
    Sized(u64),
    Chunked,
}

impl Head {
    /// Forgets the head before; its room is used again.
    pub(super) fn begin(&mut self) {
        let mut fields = std::mem::take(&mut self.fields);
        fields.clear();
        *self = Self { fields, ..Self::default() };
    }

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
        self.method = Span::of(request.method, whole);
        self.target = Span::of(request.target, whole);
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
        if self.fields.len() == limits.fields {
            return Err(Refusal::TooManyFields);
        }
        let (name, value) = (Span::of(field.name, whole), Span::of(field.value, whole));
        self.fields.push(FieldSpans { name, value });
        // The length tells almost all fields from those that matter here.
        match field.name.len() {
            4 if field.is_named(b"host") => self.host(field.value, whole),
            14 if field.is_named(b"content-length") => self.content_length(field.value),
            17 if field.is_named(b"transfer-encoding") => self.transfer_encoding(field.value),
            6 if field.is_named(b"expect") => self.expect(field.value),
            10 if field.is_named(b"connection") => {
                self.says.close |= lists(field.value, b"close");
                self.says.keep_alive |= lists(field.value, b"keep-alive");
                Ok(())
            }
            2 if field.is_named(b"te") => {
                self.says.trailers |= lists(field.value, b"trailers");
                Ok(())
            }
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

    fn expect(&mut self, value: &[u8]) -> Result<(), Refusal> {
        self.expects_continue = true;
        let is_known = value.eq_ignore_ascii_case(b"100-continue");
        if is_known { Ok(()) } else { Err(Refusal::Expectation) }
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
        let is_new = version == Version::Http11;
        Ok(Outline {
            length: self.scanned,
            version,
            body,
            upgrade: self.upgrade && is_new,
            keeps_alive: !self.says.close && (is_new || self.says.keep_alive),
            expects_continue: self.expects_continue && is_new && body != BodyFraming::None,
            takes_trailers: self.says.trailers,
        })
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

/// Whether a list such as that of `Connection` has this entry.
fn lists(value: &[u8], entry: &[u8]) -> bool {
    value.split(|&byte| byte == b',').any(|listed| trim(listed).eq_ignore_ascii_case(entry))
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
