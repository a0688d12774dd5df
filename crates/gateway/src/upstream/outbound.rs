//! A request as an upstream gets it: the client's own head, read where it stands, and what is told
//! anew. It goes straight to the wire, and can go there again for another address.

use std::borrow::Cow;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::uri::{Authority, PathAndQuery};
use http::{Method, request};
use wire::Upgrade;
use wire::outgoing::{Length, line};

use super::forwarded::{Claims, Forwarding};
use super::hop::{self, Crossing};

/// A request on its way to an upstream.
#[derive(Debug)]
pub struct Outbound<'a> {
    pub(super) method: &'a Method,
    pub(super) headers: &'a HeaderMap,
    /// What the upstream is to see.
    target: Cow<'a, PathAndQuery>,
    forwarding: Forwarding<'a>,
    added: &'a [Added<'a>],
    /// The host the client asked for.
    host: Option<&'a [u8]>,
    /// What `Connection` names besides what always concerns one connection.
    named: Vec<HeaderName>,
    /// The client reads fields after the body of an answer.
    takes_trailers: bool,
    /// Fields may follow the body, which takes chunks.
    pub(super) sends_trailers: bool,
    /// The protocol asked for, and the client's connection once it has been told.
    pub(super) upgrade: Option<(&'a HeaderValue, Upgrade)>,
}

/// A field that is sent along unless the client sent one of that name.
#[derive(Debug, Clone, Copy)]
pub struct Added<'a> {
    /// Lower case.
    pub name: &'static str,
    pub value: &'a [u8],
}

/// HTTP/2 inside HTTP/1.1 would hide its requests from every check made here.
const NOT_TUNNELLED: [&str; 3] = ["h2c", "h2", "http/2.0"];

impl<'a> Outbound<'a> {
    /// `client` is the client's side of the connection, if it may change its protocol.
    pub fn new(
        head: &'a request::Parts,
        target: Cow<'a, PathAndQuery>,
        forwarding: Forwarding<'a>,
        client: Option<Upgrade>,
    ) -> Self {
        let mut outbound = Self {
            method: &head.method,
            headers: &head.headers,
            target,
            forwarding,
            added: &[],
            host: head.uri.authority().map(|authority: &Authority| authority.as_str().as_bytes()),
            named: Vec::new(),
            takes_trailers: false,
            sends_trailers: false,
            upgrade: None,
        };
        outbound.read(client);
        outbound
    }

    #[must_use]
    pub fn adding(mut self, added: &'a [Added<'a>]) -> Self {
        self.added = added;
        self
    }

    /// What the fields say about this connection and the message's ends.
    fn read(&mut self, client: Option<Upgrade>) {
        let mut asks_upgrade = false;
        let mut protocol = None;
        for (name, value) in self.headers {
            match hop::crossing(name) {
                Crossing::Host if self.host.is_none() => self.host = Some(value.as_bytes()),
                Crossing::Te => self.takes_trailers |= lists(value, "trailers"),
                Crossing::Trailer => self.sends_trailers = true,
                Crossing::Upgrade => protocol = Some(value),
                Crossing::Connection => asks_upgrade |= self.read_connection(value),
                _ => {}
            }
        }
        if let (Some(protocol), Some(client), true) = (protocol, client, asks_upgrade) {
            let is_hidden = NOT_TUNNELLED.iter().any(|name| lists(protocol, name));
            self.upgrade = (!is_hidden).then_some((protocol, client));
        }
    }

    /// Returns whether it asks for another protocol.
    fn read_connection(&mut self, value: &HeaderValue) -> bool {
        let mut asks_upgrade = false;
        for token in hop::tokens(value) {
            match token {
                token if token.eq_ignore_ascii_case("upgrade") => asks_upgrade = true,
                // All that most requests say; neither names a field.
                token if token.eq_ignore_ascii_case("close") => {}
                token if token.eq_ignore_ascii_case("keep-alive") => {}
                token => self.named.extend(hop::named(token)),
            }
        }
        asks_upgrade
    }

    /// Whether sending it twice does what sending it once does.
    /// <https://www.rfc-editor.org/rfc/rfc9110#name-idempotent-methods>
    pub(super) fn is_idempotent(&self) -> bool {
        let is_safe = matches!(
            *self.method,
            Method::GET
                | Method::HEAD
                | Method::OPTIONS
                | Method::PUT
                | Method::DELETE
                | Method::TRACE
        );
        is_safe && self.upgrade.is_none()
    }

    /// Writes the head for one address.
    pub(super) fn write(
        &self,
        out: &mut Vec<u8>,
        base_path: &str,
        authority: &HeaderValue,
        length: Length,
    ) {
        self.write_request_line(out, base_path);
        let kept = self.host.filter(|_| self.forwarding.preserve_host);
        line(out, b"host", kept.unwrap_or(authority.as_bytes()));
        let claims = self.write_fields(out);
        self.forwarding.write(out, self.headers, self.host, claims);
        self.write_connection(out);
        match length {
            Length::Of(bytes) => {
                line(out, b"content-length", itoa::Buffer::new().format(bytes).as_bytes());
            }
            Length::Unknown => line(out, b"transfer-encoding", b"chunked"),
            // Servers wait for a length where a body is usual.
            Length::NoBody
                if matches!(*self.method, Method::POST | Method::PUT | Method::PATCH) =>
            {
                line(out, b"content-length", b"0");
            }
            Length::NoBody | Length::UntilClose => {}
        }
        out.extend_from_slice(b"\r\n");
    }

    fn write_request_line(&self, out: &mut Vec<u8>, base_path: &str) {
        let target = self.target.as_str();
        out.extend_from_slice(self.method.as_str().as_bytes());
        out.push(b' ');
        out.extend_from_slice(base_path.as_bytes());
        if target != "*" || base_path.is_empty() {
            out.extend_from_slice(target.as_bytes());
        }
        out.extend_from_slice(b" HTTP/1.1\r\n");
    }

    /// The client's fields, all but those that are told anew or not at all, and the added ones.
    fn write_fields(&self, out: &mut Vec<u8>) -> Claims {
        let mut claims = Claims::default();
        let mut given = 0_u32;
        for (name, value) in self.headers {
            let crosses = match hop::crossing(name) {
                Crossing::Freely => {
                    for (index, added) in self.added.iter().enumerate() {
                        given |= u32::from(*name == added.name) << index;
                    }
                    true
                }
                Crossing::Trailer => true,
                crossing => claims.note(crossing) && self.forwarding.trusted,
            };
            if crosses && (self.named.is_empty() || !self.named.contains(name)) {
                line(out, name.as_str().as_bytes(), value.as_bytes());
            }
        }
        for (index, added) in self.added.iter().enumerate() {
            if given & (1 << index) == 0 {
                line(out, added.name.as_bytes(), added.value);
            }
        }
        claims
    }

    fn write_connection(&self, out: &mut Vec<u8>) {
        if self.takes_trailers {
            line(out, b"te", b"trailers");
        }
        match (self.takes_trailers, &self.upgrade) {
            (false, None) => {}
            (true, None) => line(out, b"connection", b"te"),
            (takes_trailers, Some((protocol, _))) => {
                line(out, b"connection", if takes_trailers { b"te, upgrade" } else { b"upgrade" });
                line(out, b"upgrade", protocol.as_bytes());
            }
        }
    }
}

fn lists(value: &HeaderValue, token: &str) -> bool {
    hop::tokens(value).any(|entry| entry.eq_ignore_ascii_case(token))
}
