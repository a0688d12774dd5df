//! Who the request came from, for the upstream to read.

use std::fmt::Write as _;
use std::rc::Rc;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use wire::Peer;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const REAL_IP: HeaderName = HeaderName::from_static("x-real-ip");

/// How one request is passed on.
#[derive(Debug, Clone)]
pub struct Forwarding {
    /// The other end of the connection, not what it says about others.
    pub peer: Rc<Peer>,
    /// Whether the peer is a proxy whose own `X-Forwarded-*` and `Forwarded` are believed.
    pub trusted: bool,
    /// Pass the client's `Host` on instead of the upstream's own.
    pub preserve_host: bool,
}

impl Forwarding {
    /// Appends this hop; what an untrusted peer claims is thrown away first.
    pub(super) fn apply(&self, headers: &mut HeaderMap, host: Option<&HeaderValue>) {
        let scheme = HeaderValue::from_static(self.peer.scheme.as_str());
        if self.trusted {
            if !headers.contains_key(PROTO) {
                headers.insert(PROTO, scheme);
            }
            if let Some(host) = host.filter(|_| !headers.contains_key(HOST)) {
                headers.insert(HOST, host.clone());
            }
            append(headers, FOR, self.peer.ip_text().to_str().unwrap_or_default());
        } else {
            headers.insert(FOR, self.peer.ip_text().clone());
            headers.insert(PROTO, scheme);
            match host {
                Some(host) => headers.insert(HOST, host.clone()),
                None => headers.remove(HOST),
            };
            headers.remove(PORT);
            headers.remove(REAL_IP);
        }
        // Whoever speaks the standard's language is answered in it.
        if headers.contains_key(header::FORWARDED) {
            self.apply_standard(headers, host);
        }
    }

    /// <https://www.rfc-editor.org/rfc/rfc7239>
    fn apply_standard(&self, headers: &mut HeaderMap, host: Option<&HeaderValue>) {
        let peer = self.peer.ip();
        let mut text =
            if peer.is_ipv4() { format!("for={peer}") } else { format!("for=\"[{peer}]\"") };
        // A checked host holds nothing that would have to be escaped inside quotes.
        if let Some(host) = host.and_then(|host| host.to_str().ok()) {
            let is_token = !host.contains([':', '[', '%']);
            let _ = if is_token {
                write!(text, ";host={host}")
            } else {
                write!(text, ";host=\"{host}\"")
            };
        }
        let _ = write!(text, ";proto={}", self.peer.scheme);
        if self.trusted {
            append(headers, header::FORWARDED, &text);
        } else {
            headers.insert(header::FORWARDED, value(&text));
        }
    }
}

/// Joins all lines of a field and one more entry into one line.
fn append(headers: &mut HeaderMap, name: HeaderName, entry: &str) {
    let mut joined = String::new();
    for line in headers.get_all(&name).iter().filter_map(|line| line.to_str().ok()) {
        joined.push_str(line);
        joined.push_str(", ");
    }
    joined.push_str(entry);
    headers.insert(name, value(&joined));
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
}
