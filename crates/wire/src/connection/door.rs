//! Where requests meet whoever answers them.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version, header};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;

use super::pulse::Pulse;
use super::sweep::Roster;
use crate::answer::{Answer, refuse};
use crate::{Body, BodyError, ConnectionLimits, Counters, Peer};

/// One per connection.
pub(crate) struct Door<A> {
    pub(crate) answer: Rc<A>,
    pub(crate) peer: Rc<Peer>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) roster: Rc<Roster>,
    pub(crate) limits: Rc<ConnectionLimits>,
    pub(crate) counters: Arc<Counters>,
}

impl<A: Answer> Door<A> {
    pub(crate) async fn http2(self: Rc<Self>, request: Request<Incoming>) -> Response<Outgoing> {
        let open = OpenRequest::of(&self.pulse);
        if let Err(status) = check_http2(&request) {
            let mut response = refuse(status);
            response.headers_mut().remove(header::CONNECTION);
            return open.with(response);
        }
        let mut request = request.map(|body| Body::patient(body, &self.limits, &self.pulse));
        join_cookies(request.headers_mut());
        open.with(self.answer.answer(request, &self.peer).await)
    }
}

/// What an HTTP/2 request is held to beyond what its framing guarantees: one host.
fn check_http2<B>(request: &Request<B>) -> Result<(), StatusCode> {
    if request.method() == Method::CONNECT {
        return Err(StatusCode::NOT_IMPLEMENTED);
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next().map(HeaderValue::as_bytes);
    let authority = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    let is_one = match (authority, host) {
        (Some(authority), Some(host)) => authority.eq_ignore_ascii_case(host),
        (None, None) => false,
        _ => true,
    };
    let named = authority.or(host).is_some_and(crate::guard::is_host);
    let is_sound = is_one && named && hosts.next().is_none();
    debug_assert_eq!(request.version(), Version::HTTP_2);
    if is_sound { Ok(()) } else { Err(StatusCode::BAD_REQUEST) }
}

/// HTTP/2 clients may send each cookie in a field of its own; everyone else expects one field.
/// <https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3>
fn join_cookies(headers: &mut HeaderMap) {
    if headers.get_all(header::COOKIE).iter().nth(1).is_none() {
        return;
    }
    let crumbs: Vec<&[u8]> =
        headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if let Ok(joined) = HeaderValue::from_bytes(&crumbs.join(b"; ".as_slice())) {
        headers.insert(header::COOKIE, joined);
    }
}

/// Counts a request as open until its answer has been handed over, or given up.
pub(crate) struct OpenRequest(Arc<Pulse>);

impl OpenRequest {
    pub(crate) fn of(pulse: &Arc<Pulse>) -> Self {
        pulse.request_opened();
        Self(Arc::clone(pulse))
    }

    fn with(self, response: Response<Body>) -> Response<Outgoing> {
        response.map(|body| Outgoing { body, _open: self })
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.0.request_ended();
    }
}

/// An answer's body on its way out.
pub(crate) struct Outgoing {
    body: Body,
    _open: OpenRequest,
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
