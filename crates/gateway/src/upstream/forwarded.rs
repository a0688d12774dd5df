//! Who the request came from, for the upstream to read.

use std::io::Write as _;

use http::header::{self, HeaderMap, HeaderName};
use wire::Peer;
use wire::outgoing::line;

use super::hop::Crossing;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// How one request is passed on.
#[derive(Debug, Clone, Copy)]
pub struct Forwarding<'a> {
    /// The other end of the connection, not what it says about others.
    pub peer: &'a Peer,
    /// Whether the peer is a proxy whose own `X-Forwarded-*` and `Forwarded` are believed.
    pub trusted: bool,
    /// Pass the client's `Host` on instead of the upstream's own.
    pub preserve_host: bool,
}

/// What the peer says of where the request came from.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Claims {
    list: bool,
    proto: bool,
    host: bool,
    standard: bool,
}

impl Claims {
    /// Notes a field. Returns whether it is one that a trusted peer's word is passed on in.
    pub(super) fn note(&mut self, crossing: Crossing) -> bool {
        match crossing {
            // Lists are passed on with this hop's entry.
            Crossing::ForwardedFor => {
                self.list = true;
                return false;
            }
            Crossing::Forwarded => {
                self.standard = true;
                return false;
            }
            Crossing::ForwardedProto => self.proto = true,
            Crossing::ForwardedHost => self.host = true,
            Crossing::Claim => {}
            _ => return false,
        }
        true
    }
}

impl Forwarding<'_> {
    /// Adds this hop; what an untrusted peer claims has been left out.
    pub(super) fn write(
        &self,
        out: &mut Vec<u8>,
        headers: &HeaderMap,
        host: Option<&[u8]>,
        claims: Claims,
    ) {
        let ip = self.peer.ip_text().as_bytes();
        if self.trusted && claims.list {
            extend_list(out, headers, &FOR, ip);
        } else {
            line(out, b"x-forwarded-for", ip);
        }
        if !(self.trusted && claims.proto) {
            line(out, b"x-forwarded-proto", self.peer.scheme.as_str().as_bytes());
        }
        if let Some(host) = host.filter(|_| !(self.trusted && claims.host)) {
            line(out, b"x-forwarded-host", host);
        }
        // Whoever speaks the standard's language is answered in it.
        if claims.standard {
            let element = self.element(host);
            if self.trusted {
                extend_list(out, headers, &header::FORWARDED, &element);
            } else {
                line(out, b"forwarded", &element);
            }
        }
    }

    /// <https://www.rfc-editor.org/rfc/rfc7239>
    fn element(&self, host: Option<&[u8]>) -> Vec<u8> {
        let mut text = Vec::with_capacity(64);
        let peer = self.peer.ip();
        let _ = if peer.is_ipv4() {
            write!(text, "for={peer}")
        } else {
            write!(text, "for=\"[{peer}]\"")
        };
        if let Some(host) = host {
            // A checked host holds nothing that would have to be escaped inside quotes.
            let is_token = !host.iter().any(|byte| matches!(byte, b':' | b'[' | b'%'));
            let quote: &[u8] = if is_token { b"" } else { b"\"" };
            for part in [b";host=", quote, host, quote] {
                text.extend_from_slice(part);
            }
        }
        let _ = write!(text, ";proto={}", self.peer.scheme);
        text
    }
}

/// Joins all lines of a field and one more entry into one line.
fn extend_list(out: &mut Vec<u8>, headers: &HeaderMap, name: &HeaderName, entry: &[u8]) {
    out.extend_from_slice(name.as_str().as_bytes());
    out.extend_from_slice(b": ");
    for value in headers.get_all(name) {
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b", ");
    }
    out.extend_from_slice(entry);
    out.extend_from_slice(b"\r\n");
}
