//! What AWS's own signer signs is verified, in both forms, with and without a token.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::*;

const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Signs as the SDKs do, and puts the signature where they do.
pub(super) fn signed(mut sample: Sample, token: Option<&str>, at: SignatureLocation) -> Sample {
    let token = token.map(str::to_owned);
    let identity = Credentials::new("AKIDEXAMPLE", SECRET, token, None, "test").into();
    let mut settings = SigningSettings::default();
    settings.signature_location = at;
    settings.expires_in = (at == SignatureLocation::QueryParams).then_some(MOST_EXPIRY);
    let params = SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("service")
        .time(UNIX_EPOCH + Duration::from_millis(THEN.0))
        .settings(settings)
        .build()
        .expect("all is given")
        .into();
    let url = format!("http://localhost:4566{}?{}", sample.path, sample.query);
    sample.headers.push(("host".to_owned(), "localhost:4566".to_owned()));
    let headers = sample.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let body = SignableBody::Bytes(&sample.body);
    let signable = SignableRequest::new(&sample.method, url, headers, body).expect("a request");
    let (instructions, _) = sign(signable, &params).expect("signed").into_parts();
    let (headers, query) = instructions.into_parts();
    for header in headers {
        sample.headers.push((header.name().to_owned(), header.value().to_owned()));
    }
    for (name, value) in query {
        if !sample.query.is_empty() {
            sample.query.push('&');
        }
        sample.query.push_str(&format!("{name}={}", utf8_percent_encode(&value, STRICT)));
    }
    sample
}

fn encoded(part: &str) -> String {
    utf8_percent_encode(part, STRICT).to_string()
}

fn sample() -> impl Strategy<Value = Sample> {
    let text = || "[a-zA-Z0-9._~!*'() /\u{e9}-]{1,12}".prop_map(|text| encoded(&text));
    let pairs = proptest::collection::vec((text(), text()), 0..5);
    let header = ("x-amz-meta-[a-z]{1,8}", "[!-~]([ -~]{0,20}[!-~])?");
    let headers = proptest::collection::btree_map(header.0, header.1, 0..4);
    let segments = proptest::collection::vec(text(), 0..4);
    let method = prop_oneof!["GET", "POST", "PUT", "DELETE"];
    let body = proptest::collection::vec(any::<u8>(), 0..200);
    (method, segments, pairs, headers, body).prop_map(|(method, segments, pairs, headers, body)| {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (path, query) = (format!("/{}", segments.join("/")), pairs.join("&"));
        Sample { method, path, query, headers: headers.into_iter().collect(), body }
    })
}

proptest! {
    #[test]
    fn the_signers_requests_are_verified(
        sample in sample(),
        token in proptest::option::of("[a-zA-Z0-9+/=]{1,40}"),
        is_presigned: bool,
    ) {
        let at = match is_presigned {
            true => SignatureLocation::QueryParams,
            false => SignatureLocation::Headers,
        };
        let sample = signed(sample, token.as_deref(), at);
        let verified = |token: Option<&str>| {
            let keys = [key(token)].into_iter().collect();
            sample.verified_with(&keys, THEN)
        };
        let id = verified(token.as_deref());
        prop_assert_eq!(id, Ok("AKIDEXAMPLE".to_owned()), "{:?}", sample);
        // A temporary key without its token, or a lasting one with a token, lets nobody in.
        let other = if token.is_some() { None } else { Some("other") };
        prop_assert_eq!(verified(other), Err(Refused::UnknownKey));
    }
}
