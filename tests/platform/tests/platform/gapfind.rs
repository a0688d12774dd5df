//! The Gapfind example through the gateway: it answers what the original answered, and its page
//! shows a group its common gaps in a real browser.

pub(crate) mod browser;
mod page;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::TestPlatform;
use crate::builds;
use crate::http::Answer;
use crate::program::repository;

const BINARIES: [&str; 4] = ["page", "manual", "results", "analyze"];

/// The example's stack with its functions built beforehand: the tests share one build.
fn start(rpm: u32) -> TestPlatform {
    let built = build();
    let manifest = std::fs::read_to_string(example().join("tidegate.yaml")).expect("a manifest");
    let manifest = BINARIES.iter().fold(manifest, |manifest, binary| {
        let source = format!("code: .\n    build: {{ tool: cargo, binary: {binary} }}");
        assert!(manifest.contains(&source), "the manifest does not build `{binary}`");
        let code = code(&built, binary);
        manifest.replace(&source, &format!("code: {}", code.display()))
    });
    let rpm = format!("rpm={rpm}");
    TestPlatform::start_with(&[("tidegate.yaml", &manifest)], &["--set", &rpm])
}

fn example() -> PathBuf {
    repository().join("examples/gapfind")
}

fn build() -> PathBuf {
    builds::release(&example().join("Cargo.toml"), "gapfind")
}

/// A folder with nothing but the function's program.
fn code(built: &Path, binary: &str) -> PathBuf {
    let folder = built.join("code").join(binary);
    builds::place(&built.join(binary), &folder.join("bootstrap"));
    folder
}

/// Sends a recorded request as it is. Only a request that has a body declares its length.
fn send(platform: &TestPlatform, request: &Value) -> Answer {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let (method, path) = (text(&request["method"]), text(&request["path"]));
    let kind = text(&request["headers"]["Content-Type"]);
    let mut head =
        format!("{method} {path} HTTP/1.1\r\nhost: test.local\r\ncontent-type: {kind}\r\n");
    let body = request["body_base64"].as_str().map(decode);
    if let Some(body) = &body {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    let mut connection = platform.connect();
    connection.send(&[head.as_bytes(), &body.unwrap_or_default()].concat());
    connection.answer(&method).expect("an answer")
}

fn decode(text: &str) -> Vec<u8> {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).expect("base64")
}

/// What follows `error desconocido: ` comes from the original's validator and need only start
/// alike.
fn is_alike(expected: &Value, found: &Value) -> bool {
    let text = |json: &Value| json["non_field_errors"][0].as_str().map(str::to_owned);
    match (text(expected), text(found)) {
        (Some(expected), Some(found)) if expected.contains("validation error") => {
            found.contains("validation error") && expected.starts_with(&found)
        }
        _ => expected == found,
    }
}

#[test]
fn every_recorded_request_is_answered_like_the_original() {
    let golden = std::fs::read_to_string(example().join("golden.json")).expect("golden.json");
    let golden: Value = serde_json::from_str(&golden).expect("JSON");
    let platform = start(6000);
    let mut different = Vec::new();
    let mut count = 0;
    for group in ["manual", "results", "analyze"] {
        for case in golden[group].as_array().expect("cases") {
            let answer = send(&platform, &case["request"]);
            let expected = &case["response"];
            let same = expected["status"] == answer.status
                && expected["headers"]["content-type"].as_str() == answer.header("content-type")
                && is_alike(&expected["json"], &answer.json());
            if !same {
                let (status, text) = (answer.status, answer.text());
                different.push(format!("{group} {}: {status} {text}", case["name"]));
            }
            count += 1;
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert_eq!(count, 83);
}
