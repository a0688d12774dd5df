//! Where requests meet whoever answers them.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Version, header};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;

use super::pulse::Pulse;
use super::sweep::Roster;
use crate::answer::{Answer, refuse};
use crate::{Body, BodyError, ConnectionLimits, Counters, Peer, Refusal};

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
        if let Err(refusal) = check_http2(&request, &self.limits) {
            self.counters.refusals(refusal).add_one();
            let mut response = refuse(refusal.status());
            response.headers_mut().remove(header::CONNECTION);
            return open.with(response);
        }
        let mut request = request.map(|body| Body::patient(body, &self.limits, &self.pulse));
        join_cookies(request.headers_mut());
        open.with(self.answer.answer(request, &self.peer).await)
    }
}

/// What an HTTP/2 request is held to beyond what its framing guarantees: what one of HTTP/1 is.
fn check_http2<B>(request: &Request<B>, limits: &ConnectionLimits) -> Result<(), Refusal> {
    debug_assert_eq!(request.version(), Version::HTTP_2);
    if request.method() == Method::CONNECT {
        return Err(Refusal::Connect);
    }
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > limits.target_bytes {
        return Err(Refusal::TargetTooLong);
    }
    let headers = request.headers();
    let all = |name| headers.get_all(name).iter();
    // However many fields a client makes of its cookies, they become one.
    if headers.len() - all(header::COOKIE).count().saturating_sub(1) > limits.fields {
        return Err(Refusal::TooManyFields);
    }
    if all(header::CONTENT_LENGTH).nth(1).is_some() {
        return Err(Refusal::LengthRepeated);
    }
    if !all(header::EXPECT).all(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        return Err(Refusal::Expectation);
    }
    check_host(request)
}

fn check_host<B>(request: &Request<B>) -> Result<(), Refusal> {
    let mut hosts = request.headers().get_all(header::HOST).iter().map(HeaderValue::as_bytes);
    let host = hosts.next();
    if hosts.next().is_some() {
        return Err(Refusal::HostRepeated);
    }
    let authority = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    match (authority, host) {
        (None, None) => Err(Refusal::HostMissing),
        (Some(authority), Some(host)) if !authority.eq_ignore_ascii_case(host) => {
            Err(Refusal::HostMismatch)
        }
        (Some(named), _) | (None, Some(named)) if crate::guard::is_host(named) => Ok(()),
        _ => Err(Refusal::HostInvalid),
    }
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
