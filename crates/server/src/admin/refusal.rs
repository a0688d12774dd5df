//! The admin port's refusals.

use http::header::{ALLOW, CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::{Map, Value};
use wire::Body;

/// A problem document.
/// <https://www.rfc-editor.org/rfc/rfc9457>
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    detail: String,
    /// With their places, as a manifest's are.
    problems: Vec<Value>,
    /// The method that would be answered.
    allow: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), problems: Vec::new(), allow: None }
    }

    #[cfg(test)]
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn problems(mut self, problems: Vec<Value>) -> Self {
        self.problems = problems;
        self
    }

    pub(crate) fn allow(mut self, method: &'static str) -> Self {
        self.allow = Some(method);
        self
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut document = Map::new();
        document.insert("title".into(), self.status.canonical_reason().unwrap_or_default().into());
        document.insert("status".into(), self.status.as_u16().into());
        document.insert("detail".into(), self.detail.into());
        if !self.problems.is_empty() {
            document.insert("problems".into(), self.problems.into());
        }
        let mut response = Response::new(Body::full(format!("{}\n", Value::Object(document))));
        *response.status_mut() = self.status;
        let problem = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, problem);
        if let Some(method) = self.allow {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(method));
        }
        response
    }
}

/// Pages in the user's browser reach loopback ports: by naming them, which an `Origin` gives away,
/// or by a name of theirs that resolves to loopback, which `Host` gives away.
pub(crate) fn refuse_strangers(headers: &HeaderMap) -> Result<(), Refusal> {
    let host = headers.get(HOST).map(HeaderValue::as_bytes).unwrap_or_default();
    if !host.is_empty() && !wire::is_local_name(host) {
        let detail = "the admin port is reached as localhost or by address";
        return Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, detail));
    }
    let Some(origin) = headers.get(ORIGIN).map(HeaderValue::as_bytes) else { return Ok(()) };
    if origin.strip_prefix(b"http://") == Some(host) {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::FORBIDDEN, "requests from other web pages are not accepted"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, origin: Option<&str>, expected: Option<StatusCode>) {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        let refused = refuse_strangers(&headers).err().map(|refusal| refusal.status);
        assert_eq!(refused, expected, "{host} {origin:?}");
    }

    #[test]
    fn programs_and_own_pages_may_ask() {
        check("127.0.0.1:4567", None, None);
        check("localhost:4567", None, None);
        check("[::1]:4567", None, None);
        check("localhost:4567", Some("http://localhost:4567"), None);
    }

    #[test]
    fn other_pages_may_not() {
        let misdirected = Some(StatusCode::MISDIRECTED_REQUEST);
        check("evil.example:4567", None, misdirected);
        check("localhost.evil.example", None, misdirected);
        check("127.0.0.1:4567", Some("https://evil.example"), Some(StatusCode::FORBIDDEN));
        check("127.0.0.1:4567", Some("null"), Some(StatusCode::FORBIDDEN));
        check("127.0.0.1:4567", Some("http://127.0.0.1:3000"), Some(StatusCode::FORBIDDEN));
    }
}
