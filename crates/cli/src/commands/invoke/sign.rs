//! Signs a call of the AWS port with the access key of the environment, as AWS's own clients do.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::collections::BTreeMap;

use hmac::{Hmac, Mac};
use http::{HeaderName, HeaderValue, Request};
use model::Timestamp;
use sha2::{Digest, Sha256};

use crate::exit::Failure;

/// What is set and not empty.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var_os(name)?.into_string().ok().filter(|value| !value.is_empty())
}

pub(super) struct AccessKey {
    id: String,
    secret: String,
    session_token: Option<String>,
}

impl AccessKey {
    /// `None` without a key there: a server that was given none itself takes calls as they are.
    pub(super) fn of_environment() -> Option<Self> {
        Some(Self {
            id: variable("AWS_ACCESS_KEY_ID")?,
            secret: variable("AWS_SECRET_ACCESS_KEY")?,
            session_token: variable("AWS_SESSION_TOKEN"),
        })
    }
}

/// `request` has an absolute URI without a query, and goes to the service `lambda`.
pub(super) fn sign<B>(
    request: &mut Request<B>,
    body: &[u8],
    key: &AccessKey,
    region: &str,
    now: Timestamp,
) -> Result<(), Failure> {
    let date = compact(now);
    put(request, "x-amz-date", &date)?;
    if let Some(token) = &key.session_token {
        put(request, "x-amz-security-token", token)?;
    }
    let (names, headers) = signed(request);
    let path = encoded(request.uri().path());
    let canonical = format!(
        "{}\n{path}\n\n{headers}\n{names}\n{}",
        request.method(),
        hex(&Sha256::digest(body))
    );
    let scope = format!("{}/{region}/lambda/aws4_request", &date[..8]);
    let digest = hex(&Sha256::digest(canonical));
    let signature =
        hex(&signature(key, &scope, &format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}")));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
        key.id
    );
    put(request, "authorization", &authorization)
}

fn put<B>(request: &mut Request<B>, name: &'static str, value: &str) -> Result<(), Failure> {
    let value = HeaderValue::try_from(value);
    let value =
        value.map_err(|_| Failure::usage("the access key of the environment is not one"))?;
    request.headers_mut().insert(HeaderName::from_static(name), value);
    Ok(())
}

/// The names of what is signed, and the lines of their values: all headers so far, and the host.
fn signed<B>(request: &Request<B>) -> (String, String) {
    let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
    let mut all = BTreeMap::from([("host", host)]);
    for (name, value) in request.headers() {
        all.insert(name.as_str(), value.to_str().unwrap_or_default().to_owned());
    }
    let names: Vec<_> = all.keys().copied().collect();
    let lines = all.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    (names.join(";"), lines)
}

/// `20260131T120000Z`.
fn compact(now: Timestamp) -> String {
    let text = now.to_string();
    let seconds = text.split(['.', 'Z']).next().unwrap_or_default();
    let digits: String = seconds.chars().filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{digits}Z")
}

fn signature(key: &AccessKey, scope: &str, text: &str) -> Vec<u8> {
    let mut secret = format!("AWS4{}", key.secret).into_bytes();
    for part in scope.split('/').chain([text]) {
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret).expect("any length is a key");
        mac.update(part.as_bytes());
        secret = mac.finalize().into_bytes().to_vec();
    }
    secret
}

/// A path once more encoded than on the wire.
fn encoded(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_compact() {
        assert_eq!(compact(Timestamp(1_700_000_000_123)), "20231114T221320Z");
    }

    #[test]
    fn the_signature_is_that_of_the_published_example() {
        let key = AccessKey {
            id: String::new(),
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            session_token: None,
        };
        let scope = "20150830/us-east-1/service/aws4_request";
        // `get-vanilla` of AWS's signing test suite.
        let text = format!(
            "AWS4-HMAC-SHA256\n20150830T123600Z\n{scope}\n\
             bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63"
        );
        let expected = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
        assert_eq!(hex(&signature(&key, scope, &text)), expected);
    }
}
