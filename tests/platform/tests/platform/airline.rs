//! The Airline example through the gateway: it answers what the original meant.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::TestPlatform;
use crate::http::{Answer, Connection};
use crate::program::repository;

/// The example's stack with its services built beforehand: the tests share one build.
fn start(rpm: u32) -> TestPlatform {
    let built = build();
    let manifest = std::fs::read_to_string(example().join("tidegate.yaml")).expect("a manifest");
    let manifest = ["users", "bookings"].iter().fold(manifest, |manifest, service| {
        let source = format!("{service}: {{ code: ., build: cargo,");
        assert!(manifest.contains(&source), "the manifest does not build `{service}`");
        let here = format!("{service}: {{ code: {}, command: ./{service},", built.display());
        manifest.replace(&source, &here)
    });
    let rpm = format!("rpm={rpm}");
    TestPlatform::start_with(&[("tidegate.yaml", &manifest)], &["--set", &rpm])
}

fn example() -> PathBuf {
    repository().join("examples/airline")
}

/// A folder with nothing but the services. Cargo lets one build at a time into a target folder, and
/// a second one finds it done.
fn build() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("airline");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "--bins", "--manifest-path"])
        .arg(example().join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .status()
        .expect("cargo runs");
    assert!(status.success(), "the example does not build");
    let folder = target.join("services");
    std::fs::create_dir_all(&folder).expect("a folder");
    for service in ["users", "bookings"] {
        let fresh = target.join(format!("{service}.{}", std::process::id()));
        std::fs::copy(target.join("release").join(service), &fresh).expect("copied");
        std::fs::rename(fresh, folder.join(service)).expect("in place");
    }
    folder
}

/// A recorded exchange, and what is known of it so far.
struct Case<'a> {
    name: String,
    recorded: &'a Value,
}

impl Case<'_> {
    fn text(&self, pointer: &str) -> &str {
        self.recorded.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    fn send(&self, base: &str, ids: &Ids) -> Answer {
        let (method, path) = (self.text("/request/method"), ids.ours(self.text("/request/path")));
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: test.local\r\n");
        if let Some(kind) = self.recorded["request"]["headers"]["Content-Type"].as_str() {
            head.push_str(&format!("content-type: {kind}\r\n"));
        }
        let body = ids.ours(self.text("/request/body"));
        if !body.is_empty() {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        let mut connection = Connection::open(base);
        connection.send(format!("{head}\r\n{body}").as_bytes());
        connection.answer(method).expect("an answer")
    }
}

/// Which of our ids stands for which recorded one.
#[derive(Debug, Default)]
struct Ids(BTreeMap<String, String>);

impl Ids {
    fn ours(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
    }

    /// New resources have ids of their own.
    fn learn(&mut self, recorded: &Value, found: &Value) {
        let id = |answer: &Value| answer["data"]["id"].as_str().map(str::to_owned);
        if let (Some(theirs), Some(ours)) = (id(recorded), id(found)) {
            self.0.insert(theirs, ours);
        }
    }
}

/// What differs on purpose; the example's README says why.
fn meant(recorded: &Value) -> Value {
    match recorded {
        Value::Object(members) => {
            let kept = members.iter().filter(|(name, _)| {
                !["password", "departureTime", "arrivalTime"].contains(&name.as_str())
            });
            kept.map(|(name, value)| (name.clone(), meant(value))).collect()
        }
        Value::Array(items) => items.iter().map(meant).collect(),
        other => other.clone(),
    }
}

/// Cases that are answered otherwise on purpose: status, and the body if it is told here.
fn differently(case: &str) -> Option<(u16, Option<Value>)> {
    let not_found = || Some(json!({ "detail": "Not Found" }));
    Some(match case {
        "gateway: user_by_its_uuid_404" => (200, None),
        "gateway: user_by_uuid_username_200" => (404, Some(json!({ "detail": "User not found" }))),
        "gateway: create_booking_user_with_slash" => {
            (404, Some(json!({ "detail": "User not found" })))
        }
        "gateway: create_booking_user_empty" => (422, None),
        name if name.starts_with("gateway: ")
            && name.ends_with('/')
            && name != "gateway: get /" =>
        {
            (404, not_found())
        }
        "gateway: get /redoc" => (404, not_found()),
        _ => return None,
    })
}

fn address(platform: &TestPlatform, process: &str) -> String {
    let all = platform.admin("GET", "/processes").json();
    let found = all.as_array().expect("a list").iter().find(|one| one["process"] == process);
    format!("http://127.0.0.1:{}", found.expect("it runs")["port"])
}

/// What is wrong with an answer, if anything.
fn difference(case: &Case<'_>, answer: &Answer, ids: &Ids) -> Option<String> {
    let recorded = &case.recorded["response"];
    let (status, body) = match differently(&case.name) {
        Some(told) => told,
        None => {
            let status = recorded["status"].as_u64().and_then(|status| u16::try_from(status).ok());
            (status.expect("a status"), recorded.get("json").map(meant))
        }
    };
    let body = body.map(|body| ids.ours(&body.to_string()));
    let is_json = answer.header("content-type").is_some_and(|kind| kind == "application/json");
    let found = (is_json && !answer.body.is_empty()).then(|| meant(&answer.json()));
    let same_body = body.as_ref().is_none_or(|body| {
        found.as_ref() == Some(&serde_json::from_str::<Value>(body).expect("JSON"))
    });
    // A redirection leads to the same path, wherever the server is.
    let path = |location: &str| location.splitn(4, '/').nth(3).map(|path| format!("/{path}"));
    let location = recorded["headers"]["location"].as_str().filter(|_| status / 100 == 3);
    let same_location = location.is_none_or(|theirs| {
        let ours = answer.header("location").unwrap_or_default();
        ours == theirs || Some(ours) == path(theirs).as_deref()
    });
    let is_same = answer.status == status && same_body && same_location;
    (!is_same).then(|| {
        let location = answer.header("location").unwrap_or("-");
        format!("{}: {} {location} {}", case.name, answer.status, answer.text())
    })
}

/// Replays the recorded cases of the gateway or of a service, in their order.
fn replay(platform: &TestPlatform, to: &str, base: &str, passes: impl Fn(&str) -> bool) -> usize {
    let golden = std::fs::read_to_string(example().join("golden.json")).expect("golden.json");
    let golden: Value = serde_json::from_str(&golden).expect("JSON");
    let mut ids = Ids::default();
    let mut different = Vec::new();
    let mut count = 0;
    for recorded in golden["cases"].as_array().expect("cases") {
        let case = Case {
            name: format!("{to}: {}", recorded["name"].as_str().expect("a name")),
            recorded,
        };
        if recorded["to"] != to || !passes(&case.name) {
            continue;
        }
        let answer = case.send(base, &ids);
        if answer.status == 201 {
            ids.learn(&recorded["response"]["json"], &answer.json());
            let location = answer.header("location").expect("where it is");
            assert_eq!(http_get(base, location).status, 200, "{location}");
        }
        different.extend(difference(&case, &answer, &ids));
        count += 1;
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert_eq!(platform.admin("GET", "/processes").json()[0]["restarts"], 0);
    count
}

fn http_get(base: &str, path: &str) -> Answer {
    crate::http::get(base, path)
}

#[test]
fn the_services_answer_what_was_recorded() {
    let platform = start(6000);
    let users = replay(&platform, "auth-service", &address(&platform, "users"), |_| true);
    let bookings = replay(&platform, "booking-service", &address(&platform, "bookings"), |_| true);
    assert_eq!((users, bookings), (17, 10));
}
