//! Signs links, so that whoever has one may follow it for a while.

use std::time::Duration;

use hmac::Mac;
use http::header::HOST;
use http::{HeaderMap, HeaderValue};
use model::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::presented::{ALGORITHM, Terms};
use super::verify::{Scope, Signed, hex, sign};
use super::{AccessKey, time};

const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Where a link leads, and for how long.
#[derive(Debug)]
pub(crate) struct Link<'a> {
    pub(crate) host: &'a str,
    /// As it stands in the link, and so does the query, which may be empty.
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) good_for: Duration,
}

/// The link's query with the key's signature of a `GET`.
pub(crate) fn presign(
    link: &Link<'_>,
    scope: Scope<'_>,
    key: &AccessKey,
    now: Timestamp,
) -> String {
    let time = time::write(now);
    let (day, Scope { region, service }) = (&time[..8], scope);
    let credential = format!("{}/{day}/{region}/{service}/aws4_request", key.id);
    let seconds = link.good_for.as_secs().to_string();
    let pairs = [
        ("X-Amz-Algorithm", Some(ALGORITHM)),
        ("X-Amz-Credential", Some(&*credential)),
        ("X-Amz-Date", Some(&*time)),
        ("X-Amz-Expires", Some(&*seconds)),
        ("X-Amz-SignedHeaders", Some("host")),
        ("X-Amz-Security-Token", key.session_token.as_deref()),
    ];
    let mut query = link.query.to_owned();
    for (name, value) in pairs.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        let between = if query.is_empty() { "" } else { "&" };
        query.push_str(&format!("{between}{name}={}", utf8_percent_encode(value, STRICT)));
    }
    let host = HeaderValue::from_str(link.host).expect("it came in a header");
    let headers = HeaderMap::from_iter([(HOST, host)]);
    let request =
        Signed { method: "GET", path: link.path, query: &query, headers: &headers, body: b"" };
    let terms = Terms {
        scope: [day, region, service].map(str::to_owned),
        headers: vec![HOST.as_str().to_owned()],
        time: time.clone(),
    };
    let signed = sign(key, &terms, &request, &hex(&Sha256::digest(b"")));
    let signature = signed.expect("the host is there, as text").finalize().into_bytes();
    format!("{query}&X-Amz-Signature={}", hex(&signature))
}
