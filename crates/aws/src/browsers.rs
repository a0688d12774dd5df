//! Keeps web pages out. A page in the user's browser reaches loopback ports too, and where no keys are
//! configured nothing else stands between it and every queue.

use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, StatusCode};

use crate::error::AwsError;

/// What a script sends names its origin.
pub(crate) fn refuse_scripts(head: &Parts) -> Result<(), AwsError> {
    if head.headers.contains_key(ORIGIN) { Err(from_a_page()) } else { Ok(()) }
}

/// What an image, a form or a link of a page sends has no origin, but says that a page is behind it. With
/// a name of its own for this machine, a page is behind nothing else, so that the name has to be local.
/// <https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header>
pub(crate) fn refuse_pages(head: &Parts, is_keyless: bool) -> Result<(), AwsError> {
    let site = head.headers.get("sec-fetch-site").map(http::HeaderValue::as_bytes);
    if site.is_some_and(|site| site != b"none") {
        return Err(from_a_page());
    }
    if is_keyless && !host(&head.headers).is_none_or(wire::is_local_name) {
        let message = "without keys the AWS port is reached as localhost or by address; \
                       tidegate's --aws-credentials lets signed requests in by any name";
        let status = StatusCode::MISDIRECTED_REQUEST;
        return Err(AwsError::user(status, "AccessDeniedException", message));
    }
    Ok(())
}

fn host(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get(HOST).map(http::HeaderValue::as_bytes).filter(|host| !host.is_empty())
}

fn from_a_page() -> AwsError {
    let message = "requests from web pages are not accepted on the AWS port";
    AwsError::user(StatusCode::FORBIDDEN, "AccessDeniedException", message)
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn head(headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::get("/?Action=DeleteQueue");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).expect("a request").into_parts().0
    }

    #[test]
    fn programs_and_whoever_types_an_address_may_ask() {
        for host in ["127.0.0.1:4566", "localhost:4566", "sqs.localhost:4566", "[::1]:4566"] {
            assert!(refuse_pages(&head(&[("host", host)]), true).is_ok(), "{host}");
        }
        let typed = head(&[("host", "localhost"), ("sec-fetch-site", "none")]);
        assert!(refuse_scripts(&typed).is_ok() && refuse_pages(&typed, true).is_ok());
        assert!(refuse_pages(&head(&[("host", "tidegate.example")]), false).is_ok());
    }

    #[test]
    fn pages_may_not() {
        assert!(refuse_scripts(&head(&[("origin", "null")])).is_err());
        for site in ["cross-site", "same-site", "same-origin"] {
            let page = head(&[("host", "localhost"), ("sec-fetch-site", site)]);
            assert!(refuse_pages(&page, true).is_err(), "{site}");
            assert!(refuse_pages(&page, false).is_err(), "{site}");
        }
        assert!(refuse_pages(&head(&[("host", "rebound.example:4566")]), true).is_err());
    }
}
