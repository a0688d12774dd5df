use std::time::Duration;

use http::Request;
use http::request::Parts;

use super::super::{Link, MOST_EXPIRY, presign};
use super::*;

mod against_signer;
mod mutations;
mod published;

/// 2015-08-30T12:36:00Z, when the published examples were signed.
const THEN: Timestamp = Timestamp(1_440_938_160_000);
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SCOPE: Scope<'_> = Scope { region: "us-east-1", service: "service" };
const CREDENTIAL: &str = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";

fn key(token: Option<&str>) -> AccessKey {
    AccessKey {
        id: "AKIDEXAMPLE".to_owned(),
        secret: SECRET.to_owned(),
        session_token: token.map(str::to_owned),
    }
}

fn keys() -> AccessKeys {
    [key(None)].into_iter().collect()
}

/// A request that can be changed piece by piece.
#[derive(Debug, Clone)]
struct Sample {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Sample {
    /// One of the published examples: signed headers are those given, host and date.
    fn published(method: &str, target: &str, headers: &[(&str, &str)], signature: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let host = [("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")];
        let all = headers.iter().chain(&host);
        let mut headers: Vec<_> =
            all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut names: Vec<_> = headers.iter().map(|(name, _)| name.to_lowercase()).collect();
        names.sort();
        names.dedup();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders={}, Signature={signature}",
            names.join(";")
        );
        headers.push(("authorization".to_owned(), authorization));
        let (method, path, query) = (method.to_owned(), path.to_owned(), query.to_owned());
        Self { method, path, query, headers, body: Vec::new() }
    }

    fn parts(&self) -> Option<Parts> {
        let mut request = Request::builder();
        for (name, value) in &self.headers {
            request = request.header(name.as_str(), value.as_bytes());
        }
        Some(request.body(()).ok()?.into_parts().0)
    }

    fn signed<'a>(&'a self, parts: &'a Parts) -> Signed<'a> {
        Signed {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &parts.headers,
            body: &self.body,
        }
    }

    fn verified_with(&self, keys: &AccessKeys, now: Timestamp) -> Result<String, Refused> {
        let Some(parts) = self.parts() else { return Err(Refused::malformed("no header")) };
        verify(&self.signed(&parts), SCOPE, keys, now).map(|key| key.id.clone())
    }

    fn verified(&self) -> Result<String, Refused> {
        self.verified_with(&keys(), THEN)
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

fn vanilla() -> Sample {
    let signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    Sample::published("GET", "/", &[], signature)
}

#[test]
fn nobody_gets_in_without_a_good_signature() {
    let mut unsigned = vanilla();
    unsigned.headers.retain(|(name, _)| name != "authorization");
    assert_eq!(unsigned.verified(), Err(Refused::Unsigned));
    let nobody: AccessKeys = AccessKeys::default();
    assert_eq!(vanilla().verified_with(&nobody, THEN), Err(Refused::UnknownKey));
    let other = AccessKey { secret: "another".to_owned(), ..key(None) };
    let other = [other].into_iter().collect();
    assert_eq!(vanilla().verified_with(&other, THEN), Err(Refused::Mismatch));
    let mut longer = vanilla();
    longer.body = b"more".to_vec();
    assert_eq!(longer.verified(), Err(Refused::Mismatch));
}

#[test]
fn a_request_is_refused_before_its_body_for_what_no_body_mends() {
    let promising = |sample: &Sample, keys: &AccessKeys, now| {
        let parts = sample.parts().expect("headers");
        is_promising(&Signed { body: b"", ..sample.signed(&parts) }, SCOPE, keys, now)
    };
    let mut unsigned = vanilla();
    unsigned.headers.retain(|(name, _)| name != "authorization");
    assert_eq!(promising(&unsigned, &keys(), THEN), Err(Refused::Unsigned));
    let nobody: AccessKeys = AccessKeys::default();
    assert_eq!(promising(&vanilla(), &nobody, THEN), Err(Refused::UnknownKey));
    let late = promising(&vanilla(), &keys(), THEN.plus(std::time::Duration::from_mins(6)));
    assert!(matches!(late, Err(Refused::Expired { .. })), "{late:?}");
    let mut longer = vanilla();
    longer.body = b"more".to_vec();
    assert_eq!(promising(&longer, &keys(), THEN), Ok(()), "only the body tells");
}

#[test]
fn a_signature_is_good_for_five_minutes_either_way() {
    let minutes = |minutes: u64| std::time::Duration::from_mins(minutes);
    let before = Timestamp(THEN.0 - 5 * 60_000);
    assert!(vanilla().verified_with(&keys(), before).is_ok());
    assert!(vanilla().verified_with(&keys(), THEN.plus(minutes(5))).is_ok());
    for now in [Timestamp(before.0 - 1), Timestamp(THEN.plus(minutes(5)).0 + 1)] {
        let refused = Err(Refused::Expired { at: THEN, now });
        assert_eq!(vanilla().verified_with(&keys(), now), refused);
    }
}

#[test]
fn what_has_no_shape_is_refused() {
    let malformed = |sample: Sample| match sample.verified() {
        Err(Refused::Malformed(_)) => {}
        other => panic!("{other:?} of {sample:?}"),
    };
    let signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    let authorization = |algorithm: &str, credential: &str, headers: &str, signature: &str| {
        let text = format!(
            "{algorithm} Credential={credential}, SignedHeaders={headers}, Signature={signature}"
        );
        vanilla().header("authorization", &text)
    };
    const GOOD: &str = "AWS4-HMAC-SHA256";
    let all = "host;x-amz-date";
    malformed(authorization("AWS4-HMAC-SHA1", CREDENTIAL, all, signature));
    malformed(authorization(GOOD, "AKIDEXAMPLE/20150830/us-east-1/service", all, signature));
    malformed(authorization(GOOD, &CREDENTIAL.replace("0830", "0831"), all, signature));
    malformed(authorization(GOOD, &CREDENTIAL.replace("20150830", "2015"), all, signature));
    malformed(authorization(GOOD, CREDENTIAL, "x-amz-date;host", signature));
    malformed(authorization(GOOD, CREDENTIAL, "host;host;x-amz-date", signature));
    malformed(authorization(GOOD, CREDENTIAL, "Host;x-amz-date", signature));
    malformed(authorization(GOOD, CREDENTIAL, "host", signature));
    malformed(authorization(GOOD, CREDENTIAL, "x-amz-date", signature));
    malformed(authorization(GOOD, CREDENTIAL, "host;x-amz-date;x-nothing", signature));
    malformed(authorization(GOOD, CREDENTIAL, all, &signature.to_uppercase()));
    malformed(authorization(GOOD, CREDENTIAL, all, &signature[1..]));
    malformed(authorization(GOOD, CREDENTIAL, all, &format!("{signature}, Signature={signature}")));
    malformed(vanilla().header("authorization", "Bearer token"));
    malformed(vanilla().header("x-amz-date", "2015-08-30"));
    malformed(vanilla().header("x-amz-target", "AmazonSQS.SendMessage"));
    malformed(vanilla().header("content-type", "text/plain"));
    let mut twice = vanilla();
    twice.headers.push(("x-amz-date".to_owned(), "20150830T123600Z".to_owned()));
    malformed(twice);
    let mut both = vanilla();
    both.query = format!("X-Amz-Signature={signature}");
    malformed(both);
    malformed(vanilla().header("x-amz-content-sha256", "UNSIGNED-PAYLOAD"));
}

#[test]
fn a_credential_is_good_for_its_service_and_region() {
    let parts = vanilla().parts().expect("good headers");
    let signed = Signed { method: "GET", path: "/", query: "", headers: &parts.headers, body: b"" };
    let refused =
        |scope: Scope<'_>| verify(&signed, scope, &keys(), THEN).map(|key| key.id.clone());
    assert_eq!(refused(Scope { service: "sqs", ..SCOPE }), Err(Refused::OtherService("sqs")));
    let elsewhere = Refused::OtherRegion("us-east-1".to_owned());
    assert_eq!(refused(Scope { region: "eu-west-1", ..SCOPE }), Err(elsewhere));
}

#[test]
fn a_link_is_good_for_as_long_as_it_says() {
    for (token, query) in [(None, ""), (Some("a/b+c="), "versionId=2")] {
        let key = key(token);
        let good_for = Duration::from_mins(10);
        let link = Link { host: "localhost:4566", path: "/snapshots/hello", query, good_for };
        let sample = Sample {
            method: "GET".to_owned(),
            path: link.path.to_owned(),
            query: presign(&link, SCOPE, &key, THEN),
            headers: vec![("host".to_owned(), link.host.to_owned())],
            body: Vec::new(),
        };
        let keys: AccessKeys = [key].into_iter().collect();
        let last = THEN.plus(good_for);
        assert_eq!(sample.verified_with(&keys, last).as_deref(), Ok("AKIDEXAMPLE"));
        let now = Timestamp(last.0 + 1);
        let expired = Err(Refused::Expired { at: THEN, now });
        assert_eq!(sample.verified_with(&keys, now), expired);
        let mut elsewhere = sample.clone();
        elsewhere.path.push('2');
        assert_eq!(elsewhere.verified_with(&keys, THEN), Err(Refused::Mismatch));
    }
}
