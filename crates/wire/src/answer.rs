//! What a connection asks for each request.

use std::future::Future;
use std::rc::Rc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};

use crate::{Body, Peer};

/// Answers requests on one thread. Dropping the future means that the client has gone.
pub trait Answer: 'static {
    fn answer(
        &self,
        request: Request<Body>,
        peer: &Rc<Peer>,
    ) -> impl Future<Output = Response<Body>>;
}

/// The wire's own answers have the shape of API Gateway's, `{"message":"Bad Request"}`.
pub(crate) fn refuse(status: StatusCode) -> Response<Body> {
    let message = status.canonical_reason().unwrap_or("Refused");
    let body = Bytes::from(format!("{{\"message\":\"{message}\"}}"));
    let mut response = Response::new(Body::full(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
