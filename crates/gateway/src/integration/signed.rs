//! Requests to function URLs that are to be signed.

use std::borrow::Cow;

use http::HeaderMap;
use http::header::{HOST, HeaderValue};
use model::{FindSigner, SignedRequest, Signer};

use crate::call::Call;
use crate::refusal::Refusal;

pub(super) fn signer(
    signers: &dyn FindSigner,
    call: &Call,
    body: &[u8],
) -> Result<Signer, Refusal> {
    let headers = with_host(call);
    let request = SignedRequest {
        method: call.method().as_str(),
        path: call.path(),
        query: call.query(),
        headers: &headers,
        body,
    };
    signers.signer(&request).ok_or(Refusal::Forbidden)
}

/// Every signature covers the host, which HTTP/2 names elsewhere.
fn with_host(call: &Call) -> Cow<'_, HeaderMap> {
    let headers = &call.head.headers;
    match HeaderValue::from_str(call.domain()) {
        Ok(host) if !headers.contains_key(HOST) => {
            let mut headers = headers.clone();
            headers.insert(HOST, host);
            Cow::Owned(headers)
        }
        _ => Cow::Borrowed(headers),
    }
}
