//! A request made of the parts of its head.

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Uri, Version};

use crate::Refusal;
use crate::guard::{Head, HttpVersion, Span};

/// `bytes` are the whole head, which has been found sound; `headers` is empty, and used for its room.
pub(super) fn make(
    bytes: &Bytes,
    head: &Head,
    version: HttpVersion,
    mut headers: HeaderMap,
) -> Result<Request<()>, Refusal> {
    let method = Method::from_bytes(head.method.slice(bytes)).map_err(|_| Refusal::Method)?;
    // A few bytes that a target may not have are told by this parser alone.
    let uri = Uri::from_maybe_shared(share(bytes, head.target)).map_err(|_| Refusal::Target)?;
    headers.reserve(head.fields.len());
    for field in &head.fields {
        let name = HeaderName::from_bytes(field.name.slice(bytes));
        let value = HeaderValue::from_maybe_shared(share(bytes, field.value));
        let name = name.map_err(|_| Refusal::FieldName)?;
        headers.append(name, value.map_err(|_| Refusal::ControlCharacter)?);
    }
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.version_mut() = match version {
        HttpVersion::Http10 => Version::HTTP_10,
        HttpVersion::Http11 => Version::HTTP_11,
    };
    *request.headers_mut() = headers;
    Ok(request)
}

fn share(bytes: &Bytes, span: Span) -> Bytes {
    bytes.slice(span.start..span.end)
}
