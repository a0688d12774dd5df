//! The headers of events: the client's, and those that the gateway adds.

use http::HeaderValue;
use http::header::{self, HeaderName};
use model::api::PayloadFormat;

use super::json;
use crate::call::Call;
use crate::client::X_FORWARDED_FOR;

/// The values of the headers that the gateway adds.
pub(super) struct Added {
    forwarded_for: Vec<u8>,
    trace: Vec<u8>,
    length: itoa::Buffer,
    port: itoa::Buffer,
    is_behind_proxy: bool,
}

/// Concern the connection, which ends at the gateway.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "expect",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers by name, equal names together in the order of their arrival.
pub(super) struct Headers<'a>(Vec<(&'a str, &'a [u8])>);

impl Added {
    pub(super) fn new(call: &Call) -> Self {
        let mut forwarded_for = Vec::new();
        for given in call.head.headers.get_all(X_FORWARDED_FOR) {
            forwarded_for.extend_from_slice(given.as_bytes());
            forwarded_for.extend_from_slice(b", ");
        }
        let peer = call.peer.address.ip().to_canonical();
        if peer == call.client() {
            forwarded_for.extend_from_slice(call.client_text().as_bytes());
        } else {
            forwarded_for.extend_from_slice(peer.to_string().as_bytes());
        }
        let mut trace = Vec::with_capacity(80);
        call.write_amzn_trace(&mut trace);
        let is_behind_proxy = call.plan.0.trusted.trusts(peer);
        let (length, port) = (itoa::Buffer::new(), itoa::Buffer::new());
        Self { forwarded_for, trace, length, port, is_behind_proxy }
    }
}

impl<'a> Headers<'a> {
    pub(super) fn collect(
        call: &'a Call,
        body_length: usize,
        format: PayloadFormat,
        added: &'a mut Added,
    ) -> Self {
        let spell: fn(&'a str) -> &'a str = match format {
            PayloadFormat::V1 => spell_as_http_api,
            PayloadFormat::V2 | PayloadFormat::Rest => |name| name,
        };
        let mut all = Vec::with_capacity(call.head.headers.len() + 6);
        for (name, value) in &call.head.headers {
            if is_passed_on(name, format) {
                all.push((spell(name.as_str()), value.as_bytes()));
            }
        }
        if !call.head.headers.contains_key(header::HOST) {
            all.push((spell("host"), call.domain().as_bytes()));
        }
        if format != PayloadFormat::Rest {
            all.push((spell("content-length"), added.length.format(body_length).as_bytes()));
        }
        // A trusted proxy knows which port and scheme the client used.
        let told = |name: &str| {
            let given = call.head.headers.get(name).filter(|_| added.is_behind_proxy);
            given.map(HeaderValue::as_bytes)
        };
        let (port, scheme) = (told("x-forwarded-port"), told("x-forwarded-proto"));
        let own_port = added.port.format(call.peer.local.port()).as_bytes();
        all.push((spell("x-amzn-trace-id"), &added.trace));
        all.push((spell("x-forwarded-for"), &added.forwarded_for));
        all.push((spell("x-forwarded-port"), port.unwrap_or(own_port)));
        let scheme = scheme.unwrap_or(call.peer.scheme.as_str().as_bytes());
        all.push((spell("x-forwarded-proto"), scheme));
        all.sort_by_key(|(name, _)| *name);
        Self(all)
    }

    /// `{"name":"first,second"}`.
    pub(super) fn write_joined(&self, out: &mut Vec<u8>) {
        self.write(out, json::key, |out, values| {
            out.push(b'"');
            for (at, (_, value)) in values.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                json::text(out, value);
            }
            out.push(b'"');
        });
    }

    /// `{"name":"last"}`.
    pub(super) fn write_last(&self, out: &mut Vec<u8>, key: fn(&mut Vec<u8>, &str)) {
        self.write(out, key, |out, values| {
            json::string(out, values.last().map_or(b"", |(_, value)| value));
        });
    }

    /// `{"name":["first","second"]}`.
    pub(super) fn write_lists(&self, out: &mut Vec<u8>, key: fn(&mut Vec<u8>, &str)) {
        self.write(out, key, |out, values| {
            out.push(b'[');
            for (at, (_, value)) in values.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                json::string(out, value);
            }
            out.push(b']');
        });
    }

    fn write(
        &self,
        out: &mut Vec<u8>,
        key: fn(&mut Vec<u8>, &str),
        mut value: impl FnMut(&mut Vec<u8>, &[(&str, &[u8])]),
    ) {
        out.push(b'{');
        for (at, group) in self.0.chunk_by(|a, b| a.0 == b.0).enumerate() {
            if at > 0 {
                out.push(b',');
            }
            key(out, group[0].0);
            value(out, group);
        }
        out.push(b'}');
    }
}

fn is_passed_on(name: &HeaderName, format: PayloadFormat) -> bool {
    let replaced = [
        "content-length",
        "x-amzn-trace-id",
        "x-forwarded-for",
        "x-forwarded-port",
        "x-forwarded-proto",
    ];
    // Format 2.0 has a field of its own for cookies.
    let is_cookie = format == PayloadFormat::V2 && name == header::COOKIE;
    !is_cookie && !replaced.contains(&name.as_str()) && !HOP_BY_HOP.contains(&name.as_str())
}

/// HTTP APIs capitalise the headers they handle themselves in format 1.0, and no others.
fn spell_as_http_api(name: &str) -> &str {
    match name {
        "content-length" => "Content-Length",
        "content-type" => "Content-Type",
        "host" => "Host",
        "user-agent" => "User-Agent",
        "x-amzn-trace-id" => "X-Amzn-Trace-Id",
        "x-forwarded-for" => "X-Forwarded-For",
        "x-forwarded-port" => "X-Forwarded-Port",
        "x-forwarded-proto" => "X-Forwarded-Proto",
        other => other,
    }
}

/// `Content-Type`, as clients of HTTP/1.1 write it; the case a client used is not known here.
pub(super) fn capitalized_key(out: &mut Vec<u8>, name: &str) {
    out.push(b'"');
    let mut starts = true;
    for byte in name.bytes() {
        out.push(if starts { byte.to_ascii_uppercase() } else { byte });
        starts = byte == b'-';
    }
    out.extend_from_slice(b"\":");
}
