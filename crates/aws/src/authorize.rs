//! Lets a request in: by its signature where access keys are configured, and otherwise as it is.

use http::StatusCode;
use http::request::Parts;

use crate::backing::Backing;
use crate::error::AwsError;
use crate::service::Service;
use crate::sigv4::{AccessKey, Refused, Scope, Signed, is_promising, verify};

/// The key that signed the request; none where none are configured.
pub(crate) fn authorize<'a>(
    backing: &'a Backing,
    service: &Service,
    head: &Parts,
    body: &[u8],
) -> Result<Option<&'a AccessKey>, AwsError> {
    if backing.access_keys.is_empty() {
        return Ok(None);
    }
    let now = backing.clock.timestamp();
    verify(&signed(head, body), scope(backing, service), &backing.access_keys, now)
        .map(Some)
        .map_err(|refused| told(&refused))
}

/// Refuses what [`authorize`] will refuse whatever the body is.
pub(crate) fn check_head(
    backing: &Backing,
    service: &Service,
    head: &Parts,
) -> Result<(), AwsError> {
    if backing.access_keys.is_empty() {
        return Ok(());
    }
    let now = backing.clock.timestamp();
    is_promising(&signed(head, b""), scope(backing, service), &backing.access_keys, now)
        .map_err(|refused| told(&refused))
}

fn signed<'a>(head: &'a Parts, body: &'a [u8]) -> Signed<'a> {
    Signed {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        headers: &head.headers,
        body,
    }
}

fn scope<'a>(backing: &'a Backing, service: &Service) -> Scope<'a> {
    Scope { region: &backing.account.region, service: service.name }
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>
fn told(refused: &Refused) -> AwsError {
    let (code, in_query, status) = match refused {
        Refused::Unsigned => {
            let codes = ("MissingAuthenticationTokenException", "MissingAuthenticationToken");
            (codes.0, codes.1, StatusCode::FORBIDDEN)
        }
        Refused::Malformed(_) => {
            ("IncompleteSignatureException", "IncompleteSignature", StatusCode::BAD_REQUEST)
        }
        Refused::UnknownKey => {
            ("UnrecognizedClientException", "InvalidClientTokenId", StatusCode::FORBIDDEN)
        }
        Refused::Expired { .. }
        | Refused::OtherService(_)
        | Refused::OtherRegion(_)
        | Refused::Mismatch => {
            ("InvalidSignatureException", "SignatureDoesNotMatch", StatusCode::FORBIDDEN)
        }
    };
    AwsError::user(status, code, refused.to_string()).in_query(in_query, status)
}
