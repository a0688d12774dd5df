//! Decides whether a request was sent by somebody who knows a key.

use std::fmt::Write;

use hmac::{Hmac, Mac};
use http::HeaderMap;
use model::Timestamp;
use sha2::{Digest, Sha256};

use super::access_key::{AccessKey, AccessKeys};
use super::presented::{self, Presented, Terms};
use super::{MOST_SKEW, canonical};

pub use model::SignedRequest as Signed;

/// Why a request is not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("Request is missing Authentication Token")]
    Unsigned,
    #[error("{0}")]
    Malformed(String),
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    #[error("Signature expired: it was made at {at}, and it is {now} here")]
    Expired { at: Timestamp, now: Timestamp },
    #[error("Credential should be scoped to correct service: '{0}'.")]
    OtherService(&'static str),
    #[error("Credential should be scoped to a valid region, not '{0}'.")]
    OtherRegion(String),
    /// It says nothing of why.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your \
         AWS Secret Access Key and signing method. Consult the service documentation for details."
    )]
    Mismatch,
}

impl Refused {
    pub(super) fn malformed(problem: &str) -> Self {
        Self::Malformed(problem.to_owned())
    }
}

/// What a signature must be made for.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub region: &'a str,
    pub service: &'static str,
}

/// The key that signed the request, for the region and the service it is sent to.
pub fn verify<'a>(
    request: &Signed<'_>,
    scope: Scope<'_>,
    keys: &'a AccessKeys,
    now: Timestamp,
) -> Result<&'a AccessKey, Refused> {
    let (presented, key) = promised(request, scope, keys, now)?;
    let digest = body(request)?;
    let mac = sign(key, &presented.terms, request, &digest)?;
    mac.verify_slice(&presented.signature).map_err(|_| Refused::Mismatch)?;
    has_token(key, presented.token.as_deref())?;
    Ok(key)
}

/// Refuses what [`verify`] will refuse whatever the body is: for requests whose bodies are large.
pub fn is_promising(
    head: &Signed<'_>,
    scope: Scope<'_>,
    keys: &AccessKeys,
    now: Timestamp,
) -> Result<(), Refused> {
    promised(head, scope, keys, now).map(|_| ())
}

/// The signature, and the key that it says it is made with. The body is not looked at.
fn promised<'a>(
    request: &Signed<'_>,
    scope: Scope<'_>,
    keys: &'a AccessKeys,
    now: Timestamp,
) -> Result<(Presented, &'a AccessKey), Refused> {
    let presented = presented::find(request.headers, request.query)?;
    covers(&presented, request.headers)?;
    is_current(&presented, now)?;
    let [_, region, service] = &presented.terms.scope;
    if *region != scope.region {
        return Err(Refused::OtherRegion(region.clone()));
    }
    if service != scope.service {
        return Err(Refused::OtherService(scope.service));
    }
    let key = keys.find(&presented.key).ok_or(Refused::UnknownKey)?;
    Ok((presented, key))
}

/// The id of the key that a request says it is signed with. Whether it is, only [`verify`] tells.
pub fn claimed(request: &Signed<'_>) -> Result<String, Refused> {
    Ok(presented::find(request.headers, request.query)?.key)
}

/// What an attacker could change to some effect must be signed: the host and AWS's own headers.
fn covers(presented: &Presented, headers: &HeaderMap) -> Result<(), Refused> {
    let is_signed = |name: &str| presented.terms.headers.iter().any(|signed| signed == name);
    let must_be = |name: &str| name.starts_with("x-amz-") || name == "content-type";
    let unsigned = headers.keys().map(|name| name.as_str()).find(|name| {
        // A presigned URL is followed by clients that add what they like, except for AWS's own.
        let is_free = presented.expires.is_some() && *name == "content-type";
        must_be(name) && !is_signed(name) && !is_free
    });
    match unsigned {
        Some(name) => Err(Refused::Malformed(format!("the header {name} must be signed"))),
        None if !is_signed("host") => Err(Refused::malformed("the header host must be signed")),
        None => Ok(()),
    }
}

fn is_current(presented: &Presented, now: Timestamp) -> Result<(), Refused> {
    let at = presented.at;
    let good_for = presented.expires.unwrap_or(MOST_SKEW);
    if at <= now.plus(MOST_SKEW) && now <= at.plus(good_for) {
        return Ok(());
    }
    Err(Refused::Expired { at, now })
}

/// The digest of the body that came; what the request says of it must be that.
fn body(request: &Signed<'_>) -> Result<String, Refused> {
    let digest = hex(&Sha256::digest(request.body));
    match presented::only(request.headers, "x-amz-content-sha256")? {
        Some("UNSIGNED-PAYLOAD") => Err(Refused::malformed("the body must be signed")),
        Some(said) if said != digest => Err(Refused::Mismatch),
        _ => Ok(digest),
    }
}

/// The key's signature of the request on these terms.
pub(super) fn sign(
    key: &AccessKey,
    terms: &Terms,
    request: &Signed<'_>,
    body_digest: &str,
) -> Result<Hmac<Sha256>, Refused> {
    let mut form = String::with_capacity(1024);
    let (path, query) = (request.path, request.query);
    let (headers, signed) = (request.headers, &terms.headers);
    canonical::head(&mut form, request.method, path, query, headers, signed)?;
    form.push_str(body_digest);
    let digest = hex(&Sha256::digest(form.as_bytes()));
    let [day, region, service] = &terms.scope;
    let time = &terms.time;
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{day}/{region}/{service}/aws4_request\n{digest}");
    let mut mac = key.signing([day, region, service]);
    mac.update(text.as_bytes());
    Ok(mac)
}

/// A temporary key is good together with its token only.
fn has_token(key: &AccessKey, given: Option<&str>) -> Result<(), Refused> {
    match (&key.session_token, given) {
        (None, None) => Ok(()),
        (Some(token), Some(given)) if is_same(token, given) => Ok(()),
        _ => Err(Refused::UnknownKey),
    }
}

/// Takes as long for tokens that differ early as for such that differ late.
fn is_same(one: &str, other: &str) -> bool {
    let digest = |text: &str| Sha256::digest(text.as_bytes());
    let differing = digest(one).iter().zip(digest(other)).fold(0, |sum, (a, b)| sum | (a ^ b));
    differing == 0
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing into memory");
    }
    text
}

#[cfg(test)]
mod tests;
