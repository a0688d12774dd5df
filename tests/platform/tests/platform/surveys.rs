//! The surveys example: its API answers what the original answered, its machinery loses no work and
//! tells every change once, and its page shows both.

mod golden;
mod hour;
mod page;
mod webhook;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::TestPlatform;
use crate::platform::File;
use crate::program::repository;

fn example() -> PathBuf {
    repository().join("examples/surveys")
}

/// The example's stack with its functions built beforehand: the tests share one build.
fn start(settings: &[&str]) -> TestPlatform {
    let built = build();
    let manifest = std::fs::read_to_string(example().join("tidegate.yaml")).expect("a manifest");
    let source = "code: src\n    build: python";
    assert_eq!(manifest.matches(source).count(), manifest.matches("runtime:").count());
    let manifest = manifest.replace(source, &format!("code: {}", built.display()));
    // Runs begin when a test says so; the schedule's first would begin now.
    let schedule = "rate: 1 hour,";
    assert_eq!(manifest.matches(schedule).count(), 1);
    let manifest = manifest.replace(schedule, "rate: 1 hour, enabled: false,");
    let files: [File<'_>; 1] = [("tidegate.yaml", &manifest)];
    let arguments: Vec<_> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
    TestPlatform::start_with(&files, &arguments)
}

/// The sources beside what they depend on, as a build leaves them.
fn build() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("surveys");
        let source = example().join("src");
        // Left by earlier sources.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        let copied = Command::new("cp").arg("-r").arg(source.join(".")).arg(&folder).status();
        assert!(copied.expect("cp runs").success());
        let installed = Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--no-warn-conflicts", "--target"])
            .arg(&folder)
            .arg("-r")
            .arg(source.join("requirements.txt"))
            .status();
        assert!(installed.expect("pip runs").success(), "the example's dependencies");
        folder
    })
}

/// A client of the stack's cache.
struct Cache {
    port: String,
    password: String,
}

impl Cache {
    fn of(platform: &TestPlatform) -> Self {
        let all = platform.admin("GET", "/processes").json();
        let port = all[0]["port"].to_string();
        let file = platform.path(".tidegate/caches/state/password");
        Self { port, password: std::fs::read_to_string(file).expect("a password") }
    }

    fn tell(&self, command: &[&str]) -> String {
        let place = ["-p", &self.port, "-a", &self.password, "--no-auth-warning"];
        let said = Command::new("redis-cli").args(place).args(command).output();
        String::from_utf8(said.expect("redis-cli runs").stdout).expect("text").trim().to_owned()
    }
}

fn state(platform: &TestPlatform) -> Value {
    let answer = platform.get("/state");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Puts a message into a queue as a client of AWS's would.
fn send(platform: &TestPlatform, queue: &str, body: &str) {
    let host = platform.aws.strip_prefix("http://").expect("cleartext");
    let url = format!("{}/000000000000/{queue}", platform.aws);
    let body = serde_json::json!({ "QueueUrl": url, "MessageBody": body }).to_string();
    let mut connection = crate::http::Connection::open(&platform.aws);
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {host}\r\nx-amz-target: AmazonSQS.SendMessage\r\n\
         content-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.send(head.as_bytes());
    let answer = connection.answer("POST").expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
}
