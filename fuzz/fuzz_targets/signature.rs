//! Any request to the AWS port is signed or is refused with a reason, and says no more of its key then.

#![no_main]

use aws::sigv4::{AccessKey, AccessKeys, Scope, Signed, claimed, verify};
use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use model::Timestamp;

fuzz_target!(|input: (&str, &str, &str, Vec<(&str, &[u8])>, &[u8])| {
    let (method, path, query, fields, body) = input;
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let pair = HeaderName::try_from(name).ok().zip(HeaderValue::from_bytes(value).ok());
        if let Some((name, value)) = pair {
            headers.append(name, value);
        }
    }
    let secret = "a secret that is not in any input".to_owned();
    let key = AccessKey { id: "AKIDEXAMPLE".to_owned(), secret, session_token: None };
    let keys: AccessKeys = [key].into_iter().collect();
    let request = Signed { method, path, query, headers: &headers, body };
    let scope = Scope { region: "us-east-1", service: "sqs" };
    let refused = verify(&request, scope, &keys, Timestamp(1_440_938_160_000));
    let refused = refused.expect_err("nobody knows the secret");
    assert!(!refused.to_string().is_empty(), "refused without a reason");
    let _ = claimed(&request);
});
