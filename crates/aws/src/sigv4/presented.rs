//! What a request presents as its signature: in a header, or in the query of a presigned URL.

use std::time::Duration;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use model::Timestamp;
use percent_encoding::percent_decode_str;

use super::{MOST_EXPIRY, Refused, time};

pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The members of a presigned URL's query that are the signature's own.
const IN_QUERY: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
];

/// A signature and what it says of itself; nothing of it is true yet.
#[derive(Debug)]
pub(super) struct Presented {
    pub(super) key: String,
    pub(super) terms: Terms,
    pub(super) signature: [u8; 32],
    pub(super) at: Timestamp,
    pub(super) token: Option<String>,
    /// Of a presigned URL: how long it is good.
    pub(super) expires: Option<Duration>,
}

/// What is signed together with the request.
#[derive(Debug)]
pub(super) struct Terms {
    /// Day, region and service.
    pub(super) scope: [String; 3],
    /// Sorted, in lower case.
    pub(super) headers: Vec<String>,
    /// As it stands in the request.
    pub(super) time: String,
}

pub(super) fn find(headers: &HeaderMap, query: &str) -> Result<Presented, Refused> {
    let is_presigned = pairs(query).any(|(name, _)| name == "X-Amz-Signature");
    match (headers.contains_key(AUTHORIZATION), is_presigned) {
        (true, false) => in_header(headers),
        (false, true) => in_query(query),
        (false, false) => Err(Refused::Unsigned),
        (true, true) => Err(Refused::malformed("the request has two signatures")),
    }
}

fn in_header(headers: &HeaderMap) -> Result<Presented, Refused> {
    let authorization = only(headers, "authorization")?.unwrap_or_default();
    let Some(members) = authorization.strip_prefix(ALGORITHM) else {
        return Err(Refused::malformed(&format!("the signature is not one of {ALGORITHM}")));
    };
    let (mut credential, mut signed, mut signature) = (None, None, None);
    for member in members.split(',') {
        let Some((name, value)) = member.trim().split_once('=') else {
            return Err(Refused::malformed("a part of Authorization has no value"));
        };
        let place = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed,
            "Signature" => &mut signature,
            _ => return Err(Refused::malformed("Authorization has a part nobody knows")),
        };
        if place.replace(value).is_some() {
            return Err(Refused::malformed("Authorization has a part twice"));
        }
    }
    let time = only(headers, "x-amz-date")?;
    let token = only(headers, "x-amz-security-token")?.map(str::to_owned);
    presented(
        credential.ok_or_else(|| lacks("Credential"))?,
        signed.ok_or_else(|| lacks("SignedHeaders"))?,
        signature.ok_or_else(|| lacks("Signature"))?,
        time.ok_or_else(|| lacks("X-Amz-Date"))?,
        token,
    )
}

fn in_query(query: &str) -> Result<Presented, Refused> {
    let mut found: [Option<String>; 7] = Default::default();
    for (name, value) in pairs(query) {
        let Some(place) = IN_QUERY.iter().position(|known| *known == name) else { continue };
        let value = percent_decode_str(value).decode_utf8();
        let value = value.map_err(|_| Refused::malformed("the query is not UTF-8"))?;
        if found[place].replace(value.into_owned()).is_some() {
            return Err(Refused::malformed(&format!("the query has {name} twice")));
        }
    }
    let [algorithm, credential, date, expires, signed, signature, token] = found;
    if algorithm.as_deref() != Some(ALGORITHM) {
        return Err(Refused::malformed(&format!("the signature is not one of {ALGORITHM}")));
    }
    let presented = presented(
        &credential.ok_or_else(|| lacks("X-Amz-Credential"))?,
        &signed.ok_or_else(|| lacks("X-Amz-SignedHeaders"))?,
        &signature.ok_or_else(|| lacks("X-Amz-Signature"))?,
        &date.ok_or_else(|| lacks("X-Amz-Date"))?,
        token,
    )?;
    let expires = expires.ok_or_else(|| lacks("X-Amz-Expires"))?;
    let seconds = expires.parse().ok().map(Duration::from_secs);
    let expires = seconds.filter(|span| !span.is_zero() && *span <= MOST_EXPIRY);
    if expires.is_none() {
        return Err(Refused::malformed("X-Amz-Expires must be 1 to 604800 seconds"));
    }
    Ok(Presented { expires, ..presented })
}

fn presented(
    credential: &str,
    signed: &str,
    signature: &str,
    time: &str,
    token: Option<String>,
) -> Result<Presented, Refused> {
    // An id may have a slash in it, the four parts behind it have none.
    let mut parts = credential.rsplitn(5, '/');
    let mut next = || parts.next().filter(|part| !part.is_empty());
    let (Some("aws4_request"), Some(service), Some(region), Some(day), Some(key)) =
        (next(), next(), next(), next(), next())
    else {
        return Err(Refused::malformed(
            "the credential is not KEY/DAY/REGION/SERVICE/aws4_request",
        ));
    };
    let at = self::time::read(time).ok_or_else(|| Refused::malformed("X-Amz-Date is no time"))?;
    if !time.starts_with(day) || day.len() != 8 {
        return Err(Refused::malformed("the day of the credential is not the day of X-Amz-Date"));
    }
    Ok(Presented {
        key: key.to_owned(),
        terms: Terms {
            scope: [day, region, service].map(str::to_owned),
            headers: headers(signed)?,
            time: time.to_owned(),
        },
        signature: hex(signature)
            .ok_or_else(|| Refused::malformed("the signature is no digest"))?,
        at,
        token,
        expires: None,
    })
}

fn headers(signed: &str) -> Result<Vec<String>, Refused> {
    let headers: Vec<String> = signed.split(';').map(str::to_owned).collect();
    let is_lower =
        |name: &String| !name.is_empty() && !name.bytes().any(|b| b.is_ascii_uppercase());
    let is_sorted = headers.is_sorted_by(|one, next| one < next);
    if is_sorted && headers.iter().all(is_lower) {
        return Ok(headers);
    }
    Err(Refused::malformed("the signed headers are not sorted names in lower case"))
}

/// The value of a header that must not be there twice.
pub(super) fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Refused> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(Refused::malformed(&format!("the header {name} is there twice")));
    }
    let text = first.map(|value| value.to_str()).transpose();
    text.map_err(|_| Refused::malformed(&format!("the header {name} is not text")))
}

fn lacks(what: &str) -> Refused {
    Refused::malformed(&format!("{what} is missing"))
}

/// The query's pairs, as they are.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// 64 digits in lower case, as every client writes them.
pub(super) fn hex(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let text: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
