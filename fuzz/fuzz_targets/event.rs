//! Any request becomes an event that is JSON, in every payload format.

#![no_main]

use bytes::Bytes;
use http::Request;
use libfuzzer_sys::fuzz_target;
use model::api::PayloadFormat;

fuzz_target!(|bytes: &[u8]| {
    for format in [PayloadFormat::V2, PayloadFormat::V1, PayloadFormat::Rest] {
        let Some(request) = request(bytes) else { return };
        if let Some(event) = gateway::fuzzing::event(format, request) {
            let event: serde_json::Value = serde_json::from_slice(&event).expect("JSON");
            assert!(event["requestContext"].is_object(), "{event}");
        }
    }
});

fn request(bytes: &[u8]) -> Option<Request<Bytes>> {
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut fields);
    let Ok(httparse::Status::Complete(length)) = parsed.parse(bytes) else { return None };
    let mut request = Request::builder().method(parsed.method?).uri(parsed.path?);
    for field in parsed.headers.iter() {
        request = request.header(field.name, field.value);
    }
    request.body(Bytes::copy_from_slice(&bytes[length..])).ok()
}
