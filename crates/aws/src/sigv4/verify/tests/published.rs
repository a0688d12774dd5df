//! The cases of AWS's published signing test suite that a verifier meets: what is on the wire, and its
//! signature. Left out are those that leave paths as they are, which are S3's rules, and folded lines, which
//! the listener refuses before anybody looks at signatures.

use super::*;

const UNRESERVED: &str = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const VANILLA: &str = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

fn verifies(name: &str, sample: &Sample) {
    assert_eq!(sample.verified().as_deref(), Ok("AKIDEXAMPLE"), "{name}");
}

#[test]
fn paths() {
    let unreserved = format!("/{UNRESERVED}");
    for (target, signature) in [
        ("/", VANILLA),
        ("//", VANILLA),
        ("/./", VANILLA),
        ("/example/..", VANILLA),
        ("/example1/example2/../..", VANILLA),
        ("/./example", "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"),
        ("//example//", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"),
        ("/example space/", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"),
        ("/\u{1234}", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        (&unreserved, "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
    ] {
        verifies(target, &Sample::published("GET", target, &[], signature));
    }
}

#[test]
fn queries() {
    let unreserved = format!("/?{UNRESERVED}={UNRESERVED}");
    for (target, signature) in [
        ("/?", VANILLA),
        ("/?Param1=value1", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
        (
            "/?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
            "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
        ),
        ("/?\u{1234}=bar", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        (&unreserved, "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
    ] {
        verifies(target, &Sample::published("GET", target, &[], signature));
    }
}

#[test]
fn headers() {
    let own = |values: &[&'static str]| -> Vec<(&str, &str)> {
        values.iter().map(|value| ("my-header1", *value)).collect()
    };
    let spaces = vec![("my-header1", " value1"), ("my-header2", " \"a   b   c\"")];
    for (headers, signature) in [
        (
            own(&["value2", "value2", "value1"]),
            "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
        ),
        (
            own(&["value4", "value1", "value3", "value2"]),
            "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
        ),
        (spaces, "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
    ] {
        verifies(signature, &Sample::published("GET", "/", &headers, signature));
    }
}

#[test]
fn bodies() {
    let post = "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b";
    verifies("no body", &Sample::published("POST", "/", &[], post));
    let form = ("content-type", "application/x-www-form-urlencoded");
    let with_body = "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a";
    let mut with_body = Sample::published("POST", "/", &[form], with_body);
    with_body.body = b"Param1=value1".to_vec();
    verifies("a form", &with_body);
}

const TOKEN: &str = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";

#[test]
fn tokens() {
    let token = ("x-amz-security-token", TOKEN);
    let signature = "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8";
    let sample = Sample::published("GET", "/", &[token], signature);
    let temporary: AccessKeys = [key(Some(TOKEN))].into_iter().collect();
    assert_eq!(sample.verified_with(&temporary, THEN).as_deref(), Ok("AKIDEXAMPLE"));
    assert_eq!(sample.verified(), Err(Refused::UnknownKey), "the key has no token");
    let other: AccessKeys = [key(Some("another"))].into_iter().collect();
    assert_eq!(sample.verified_with(&other, THEN), Err(Refused::UnknownKey));
}

/// A link that whoever has it may follow, for an hour.
fn presigned(before: &str, more: &str, signature: &str) -> Sample {
    let credential = CREDENTIAL.replace('/', "%2F");
    let query = format!(
        "{before}X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}\
         &X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600{more}\
         &X-Amz-Signature={signature}"
    );
    Sample {
        method: "GET".to_owned(),
        path: "/".to_owned(),
        query,
        headers: vec![("host".to_owned(), "example.amazonaws.com".to_owned())],
        body: Vec::new(),
    }
}

#[test]
fn links() {
    let plain = "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d";
    verifies("a link", &presigned("", "", plain));
    let ordered = "86012e2c9ad4d77369f5d81c11f75158aae4f895a085212cc6d3f923d300bed5";
    verifies("its own query", &presigned("Param2=value2&Param1=value1&", "", ordered));
    let later = THEN.plus(std::time::Duration::from_secs(3_601));
    let refused = presigned("", "", plain).verified_with(&keys(), later);
    assert_eq!(refused, Err(Refused::Expired { at: THEN, now: later }));
    let with_token = "7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c";
    let sample = presigned("", &format!("&X-Amz-Security-Token={TOKEN}"), with_token);
    let temporary: AccessKeys = [key(Some(TOKEN))].into_iter().collect();
    assert_eq!(sample.verified_with(&temporary, THEN).as_deref(), Ok("AKIDEXAMPLE"));
}
