//! `method SP target SP version`.

use super::Refusal;
use super::field::is_token_byte;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    Http10,
    Http11,
}

pub(super) struct RequestLine<'a> {
    pub(super) method: &'a [u8],
    pub(super) target: &'a [u8],
    pub(super) version: Version,
    /// The host and port of an absolute target.
    pub(super) authority: Option<&'a [u8]>,
}

/// No registered method is longer than `UPDATEREDIRECTREF`.
const LONGEST_METHOD: usize = 32;

impl<'a> RequestLine<'a> {
    pub(super) fn parse(line: &'a [u8], longest_target: usize) -> Result<Self, Refusal> {
        let first = memchr::memchr(b' ', line).ok_or(Refusal::RequestLine)?;
        let last = memchr::memrchr(b' ', line).ok_or(Refusal::RequestLine)?;
        if first == last {
            return Err(Refusal::RequestLine);
        }
        let (method, target) = (&line[..first], &line[first + 1..last]);
        check_method(method)?;
        let version = parse_version(&line[last + 1..])?;
        if target.len() > longest_target {
            return Err(Refusal::TargetTooLong);
        }
        let authority = check_target(method, target)?;
        Ok(Self { method, target, version, authority })
    }
}

fn check_method(method: &[u8]) -> Result<(), Refusal> {
    let is_token = !method.is_empty() && method.iter().all(|&byte| is_token_byte(byte));
    if !is_token || method.len() > LONGEST_METHOD {
        return Err(Refusal::Method);
    }
    if method == b"CONNECT" { Err(Refusal::Connect) } else { Ok(()) }
}

fn parse_version(version: &[u8]) -> Result<Version, Refusal> {
    match version {
        b"HTTP/1.1" => Ok(Version::Http11),
        b"HTTP/1.0" => Ok(Version::Http10),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            Err(Refusal::Version)
        }
        _ => Err(Refusal::RequestLine),
    }
}

/// <https://www.rfc-editor.org/rfc/rfc9112#name-request-target>
fn check_target<'a>(method: &[u8], target: &'a [u8]) -> Result<Option<&'a [u8]>, Refusal> {
    // A fragment is the client's own business; raw bytes beyond ASCII are read differently by
    // different servers.
    let is_plain = target
        .iter()
        .fold(true, |plain, &byte| plain & (byte > b' ') & (byte < 127) & (byte != b'#'));
    if !is_plain {
        return Err(Refusal::Target);
    }
    match target.first() {
        Some(b'/') => Ok(None),
        Some(b'*') if target.len() == 1 && method == b"OPTIONS" => Ok(None),
        _ => authority_of(target).map(Some),
    }
}

fn authority_of(target: &[u8]) -> Result<&[u8], Refusal> {
    let rest = [b"http://".as_slice(), b"https://"].iter().find_map(|scheme| {
        let (head, rest) = target.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    let rest = rest.ok_or(Refusal::Target)?;
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
    let authority = &rest[..end];
    if is_host(authority) { Ok(authority) } else { Err(Refusal::Target) }
}

/// Whether this is a host name or address with an optional port, as `Host` and a target hold it.
pub(crate) fn is_host(value: &[u8]) -> bool {
    let (host_ok, rest) = match value {
        [b'[', rest @ ..] => {
            let Some(end) = memchr::memchr(b']', rest) else {
                return false;
            };
            let inside = &rest[..end];
            let ok = inside.iter().all(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'));
            (ok && !inside.is_empty(), &rest[end + 1..])
        }
        _ => {
            let end = memchr::memchr(b':', value).unwrap_or(value.len());
            let ok = value[..end].iter().all(|&byte| is_host_byte(byte));
            (ok && end > 0, &value[end..])
        }
    };
    host_ok
        && match rest {
            [] => true,
            [b':', port @ ..] => port.len() <= 5 && port.iter().all(u8::is_ascii_digit),
            _ => false,
        }
}

fn is_host_byte(byte: u8) -> bool {
    HOST[usize::from(byte)]
}

const HOST: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        let is_mark = matches!(byte as u8, b'-' | b'.' | b'_' | b'~' | b'%');
        table[byte] = (byte as u8).is_ascii_alphanumeric() || is_mark;
        byte += 1;
    }
    table
};
