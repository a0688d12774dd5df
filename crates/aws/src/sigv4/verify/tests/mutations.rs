//! One flipped bit anywhere in what is signed, and the request is another one.

use aws_sigv4::http_request::SignatureLocation;

use super::against_signer::signed;
use super::*;

fn samples() -> [Sample; 2] {
    let plain = Sample {
        method: "POST".to_owned(),
        path: "/2015-03-31/functions/arn%3Aaws%3Alambda/invocations".to_owned(),
        query: "Qualifier=prod&b=%2Fx".to_owned(),
        headers: vec![
            ("x-amz-target".to_owned(), "AmazonSQS.SendMessage".to_owned()),
            ("content-type".to_owned(), "application/x-amz-json-1.0".to_owned()),
        ],
        body: br#"{"QueueUrl":"http://localhost/0/jobs","MessageBody":"x"}"#.to_vec(),
    };
    let in_header = signed(plain.clone(), None, SignatureLocation::Headers);
    [in_header, signed(plain, None, SignatureLocation::QueryParams)]
}

/// All texts that differ from this one in one bit.
fn flipped(text: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..text.len() * 8).map(move |bit| {
        let mut other = text.to_vec();
        other[bit / 8] ^= 1 << (bit % 8);
        other
    })
}

fn texts(text: &str) -> impl Iterator<Item = String> + '_ {
    flipped(text.as_bytes()).filter_map(|bytes| String::from_utf8(bytes).ok())
}

#[test]
fn every_flipped_bit_is_refused() {
    let mut tried = 0;
    let mut refused = |sample: &Sample| {
        tried += 1;
        assert!(sample.verified().is_err(), "{sample:?}");
    };
    for sample in samples() {
        assert!(sample.verified().is_ok());
        texts(&sample.method).for_each(|method| refused(&Sample { method, ..sample.clone() }));
        texts(&sample.path).for_each(|path| refused(&Sample { path, ..sample.clone() }));
        texts(&sample.query).for_each(|query| refused(&Sample { query, ..sample.clone() }));
        flipped(&sample.body).for_each(|body| refused(&Sample { body, ..sample.clone() }));
        for (at, (_, value)) in sample.headers.iter().enumerate() {
            for value in texts(value) {
                let mut other = sample.clone();
                other.headers[at].1 = value;
                refused(&other);
            }
        }
    }
    assert!(tried > 5_000, "{tried}");
}

#[test]
fn a_presigned_url_ends() {
    let [_, presigned] = samples();
    let end = THEN.plus(MOST_EXPIRY);
    assert!(presigned.verified_with(&keys(), end).is_ok());
    let now = Timestamp(end.0 + 1);
    let refused = Err(Refused::Expired { at: THEN, now });
    assert_eq!(presigned.verified_with(&keys(), now), refused);
    for (from, to) in
        [("X-Amz-Expires=604800", "X-Amz-Expires=604801"), ("X-Amz-Expires=604800", "x=1")]
    {
        let mut longer = presigned.clone();
        longer.query = longer.query.replace(from, to);
        assert_ne!(longer.query, presigned.query);
        assert!(matches!(longer.verified(), Err(Refused::Malformed(_))), "{longer:?}");
    }
}
