//! Anything that a function answers becomes a response or a refusal.

#![no_main]

use bytes::Bytes;
use http::HeaderMap;
use libfuzzer_sys::fuzz_target;
use model::api::PayloadFormat;

fuzz_target!(|bytes: &[u8]| {
    let result = Bytes::copy_from_slice(bytes);
    let mut accept = HeaderMap::new();
    accept.insert("accept", http::HeaderValue::from_static("image/png,*/*"));
    for format in [PayloadFormat::V2, PayloadFormat::V1, PayloadFormat::Rest] {
        let Some(response) = gateway::fuzzing::reply(format, &result, &accept) else { continue };
        let status = response.status().as_u16();
        assert!((200..600).contains(&status), "{status} is not a final status");
        for name in ["transfer-encoding", "content-length", "connection"] {
            assert!(!response.headers().contains_key(name), "a function chose {name}");
        }
    }
});
