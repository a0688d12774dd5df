//! HTTPS with the user's certificate, renewed without a restart.

use std::process::Command;

use crate::TestPlatform;
use crate::platform::up;
use crate::up::HELLO;

/// A certificate that signs itself, and its key, in PEM.
fn certificate() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    (made.cert.pem(), made.signing_key.serialize_pem())
}

fn manifest() -> String {
    format!("{}listen: {{ tls: {{ certificate: c.pem, key: k.pem }} }}\n", HELLO.1)
}

/// What curl says that trusts the certificate in this file: the body and the protocol.
fn curl(platform: &TestPlatform, trusted: &str) -> Option<String> {
    let output = Command::new("curl")
        .args(["-sS", "--http2", "-w", " over HTTP/%{http_version}", "--cacert"])
        .arg(platform.path(trusted))
        .arg(&platform.api)
        .output()
        .expect("curl runs");
    output.status.success().then(|| String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn a_renewed_certificate_is_served_without_a_restart() {
    let (certificate_1, key_1) = certificate();
    let (certificate_2, key_2) = certificate();
    let platform = TestPlatform::start(&[
        ("tidegate.yaml", &manifest()),
        ("c.pem", &certificate_1),
        ("k.pem", &key_1),
        ("first.pem", &certificate_1),
        ("second.pem", &certificate_2),
    ]);
    assert!(platform.api.starts_with("https://"), "{}", platform.api);
    assert_eq!(curl(&platform, "first.pem").as_deref(), Some("hello over HTTP/2"));
    assert_eq!(curl(&platform, "second.pem"), None);
    platform.save("c.pem", &certificate_2);
    platform.save("k.pem", &key_2);
    // Should the two saves not be taken for one, the first leaves a key that does not match.
    platform.event("reload");
    assert_eq!(curl(&platform, "second.pem").as_deref(), Some("hello over HTTP/2"));
}

#[test]
fn a_key_of_another_certificate_stops_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let (certificate, _) = certificate();
    let (_, key) = self::certificate();
    let files = [("tidegate.yaml", &*manifest()), ("c.pem", &certificate), ("k.pem", &key)];
    crate::platform::write(folder.path(), &files);
    let output = up(folder.path(), &[]).output().expect("tidegate runs");
    assert_eq!(output.status.code(), Some(2));
    let event: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let message = event["message"].as_str().expect("a message");
    assert!(message.contains("does not serve the certificate"), "{message}");
}
