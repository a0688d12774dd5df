//! The request as the upstream gets it.

use http::header::{self, HeaderValue};
use http::uri::PathAndQuery;
use http::{Method, Request, Uri, Version};
use http_body::Body as _;
use hyper::upgrade::OnUpgrade;
use wire::Body;

use super::forwarded::Forwarding;
use super::hop;

/// What the request asks for besides an answer.
pub(super) struct Wishes {
    pub(super) upgrade: Option<Upgrade>,
    /// Whether sending it twice does what sending it once does, and it can be sent twice.
    pub(super) is_repeatable: bool,
}

pub(super) struct Upgrade {
    /// The client's side of the connection, once it has been told.
    pub(super) client: OnUpgrade,
    pub(super) protocol: HeaderValue,
}

/// Turns the client's request into the one that is sent, all but what depends on the address.
pub(super) fn prepare(request: &mut Request<Body>, forwarding: &Forwarding) -> Wishes {
    let upgrade = take_upgrade(request);
    let wants_trailers = request.headers().contains_key(header::TE)
        && hop::lists(request.headers(), &header::TE, "trailers");
    let has_body = !request.body().is_end_stream();
    let method = request.method();
    let is_repeatable = is_idempotent(method) && !has_body && upgrade.is_none();
    let expects_length = matches!(*method, Method::POST | Method::PUT | Method::PATCH);
    let authority = request.uri().authority().map(|authority| authority.as_str().to_owned());
    *request.version_mut() = Version::HTTP_11;
    let headers = request.headers_mut();
    hop::strip(headers);
    headers.remove(header::EXPECT);
    // The length is told anew from the body itself.
    headers.remove(header::CONTENT_LENGTH);
    if !has_body && expects_length {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    if wants_trailers {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
        headers.insert(header::CONNECTION, HeaderValue::from_static("te"));
    }
    if let Some(authority) = authority
        && let Ok(host) = HeaderValue::from_str(&authority)
    {
        headers.insert(header::HOST, host);
    }
    let host = headers.get(header::HOST).cloned();
    forwarding.apply(headers, host.as_ref());
    if let Some(upgrade) = &upgrade {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, upgrade.protocol.clone());
    }
    Wishes { upgrade, is_repeatable }
}

/// Completes the request for one address.
pub(super) fn address(
    request: &mut Request<Body>,
    base_path: &str,
    authority: &HeaderValue,
    forwarding: &Forwarding,
) {
    if !forwarding.preserve_host || !request.headers().contains_key(header::HOST) {
        request.headers_mut().insert(header::HOST, authority.clone());
    }
    let uri = request.uri();
    if base_path.is_empty() && uri.authority().is_none() {
        return;
    }
    let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let whole = format!("{base_path}{}", if path == "*" { "" } else { path });
    let whole = if whole.is_empty() { "/" } else { &whole };
    if let Ok(path) = PathAndQuery::try_from(whole) {
        *request.uri_mut() = Uri::from(path);
    }
}

/// HTTP/2 inside HTTP/1.1 would hide its requests from every check made here.
const NOT_TUNNELLED: [&str; 3] = ["h2c", "h2", "http/2.0"];

fn take_upgrade(request: &mut Request<Body>) -> Option<Upgrade> {
    let protocol = request.headers().get(header::UPGRADE)?.clone();
    let text = protocol.to_str().ok()?;
    let is_hidden = text
        .split(',')
        .any(|name| NOT_TUNNELLED.iter().any(|hidden| name.trim().eq_ignore_ascii_case(hidden)));
    let is_asked = hop::lists(request.headers(), &header::CONNECTION, "upgrade");
    if is_hidden || !is_asked || request.extensions().get::<OnUpgrade>().is_none() {
        return None;
    }
    Some(Upgrade { client: hyper::upgrade::on(&mut *request), protocol })
}

/// <https://www.rfc-editor.org/rfc/rfc9110#name-idempotent-methods>
fn is_idempotent(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE | Method::TRACE
    )
}
