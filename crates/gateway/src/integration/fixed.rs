//! Answers that need nobody else.

use http::header::LOCATION;
use http::{HeaderValue, Response, StatusCode};
use wire::Body;

use crate::call::Call;
use crate::plan::FixedAnswer;
use crate::refusal::Refusal;
use crate::template::Template;

pub(super) fn mock(answer: &FixedAnswer) -> Response<Body> {
    let mut response = Response::new(Body::full(answer.body.clone()));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers.clone();
    response
}

/// Parameters go into the location as they came, still encoded, so they add no structure to it.
pub(super) fn redirect(
    status: StatusCode,
    location: &Template,
    call: &Call,
) -> Result<Response<Body>, Refusal> {
    let location = location.fill(|position| call.capture(position));
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let location = HeaderValue::try_from(location).map_err(|_| Refusal::BadRequest)?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}
