//! The Airline example through the gateway: it answers what the original meant.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::TestPlatform;
use crate::builds;
use crate::gapfind::browser::Browser;
use crate::http::{Answer, Connection};
use crate::patience::until;
use crate::program::repository;
use crate::redis::{Cluster, Redis};

/// The example's stack with its services built beforehand: the tests share one build.
fn start(rpm: u32) -> TestPlatform {
    let manifest = manifest(&build());
    let rpm = format!("rpm={rpm}");
    TestPlatform::start_with(&[("tidegate.yaml", &manifest)], &["--set", &rpm])
}

/// The same with the services in the stack's own folder, where a test can take them away.
fn start_with_own_services() -> TestPlatform {
    let built = build();
    let folder = tempfile::tempdir().expect("a folder");
    let services = folder.path().join("services");
    std::fs::create_dir(&services).expect("created");
    for service in SERVICES {
        std::fs::copy(built.join(service), services.join(service)).expect("copied");
    }
    let manifest = manifest(Path::new("services"))
        .replace("memory: 64MB", "memory: 64MB, restart: { first: 20ms, longest: 50ms }");
    TestPlatform::start_in(folder, &[("tidegate.yaml", &manifest)], &["--set", "rpm=6000"])
}

const SERVICES: [&str; 3] = ["users", "bookings", "docs"];

/// The example's, with services that are built already.
fn manifest(services: &Path) -> String {
    let manifest = std::fs::read_to_string(example().join("tidegate.yaml")).expect("a manifest");
    SERVICES.iter().fold(manifest, |manifest, service| {
        let source = format!("{service}: {{ code: ., build: cargo,");
        assert!(manifest.contains(&source), "the manifest does not build `{service}`");
        let here = format!("{service}: {{ code: {}, command: ./{service},", services.display());
        manifest.replace(&source, &here)
    })
}

fn example() -> PathBuf {
    repository().join("examples/airline")
}

/// A folder with nothing but the services.
fn build() -> PathBuf {
    let built = builds::release(&example().join("Cargo.toml"), "airline");
    let folder = built.join("services");
    for service in SERVICES {
        builds::place(&built.join(service), &folder.join(service));
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
        // Nobody's booking, which is refused here.
        Value::Array(items) => items.iter().filter(|item| item["user"] != "").map(meant).collect(),
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
        // There is one page.
        "gateway: get /redoc" => (404, not_found()),
        "gateway: get /api/v1/auth-service/docs" | "gateway: get /api/v1/booking-service/docs" => {
            (307, None)
        }
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
    let is_kept = differently(&case.name).is_none();
    let location =
        recorded["headers"]["location"].as_str().filter(|_| status / 100 == 3 && is_kept);
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

/// What the gateway promises, wherever its clients are counted.
fn is_accepted(start: impl Fn(u32) -> TestPlatform) {
    let platform = start(6000);
    let count = replay(&platform, "gateway", &platform.api, |_| true);
    assert_eq!(count, 46);
    drop(platform);
    refuses_who_is_over_the_limit(&start(5));
}

/// What is asked of a store counts, and not how soon it answers on a machine with much else to do.
fn start_on(store: &str, rpm: u32) -> TestPlatform {
    let (stated, patient) = ("\"${env:REDIS_URL, }\" }", "\"${env:REDIS_URL, }\", timeout: 5s }");
    let manifest = manifest(&build());
    assert!(manifest.contains(stated), "{manifest}");
    let manifest = manifest.replace(stated, patient);
    let files = [("tidegate.yaml", &*manifest)];
    let rpm = format!("rpm={rpm}");
    TestPlatform::start_with_variable(&files, &["--set", &rpm], ("REDIS_URL", store))
}

#[test]
fn the_gateway_is_accepted_on_its_own() {
    is_accepted(start);
}

#[test]
fn the_gateway_is_accepted_on_a_redis() {
    let redis = Redis::start();
    is_accepted(|rpm| start_on(&redis.url(), rpm));
    assert_ne!(redis.tell(&["DBSIZE"]).trim(), "0", "it was counted there");
}

#[test]
fn the_gateway_is_accepted_on_a_cluster() {
    let cluster = Cluster::start();
    is_accepted(|rpm| start_on(&cluster.url(), rpm));
    assert_ne!(cluster.keys(), 0, "it was counted there");
}

const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

fn post(platform: &TestPlatform, service: &str, body: &Value) -> Answer {
    let path = format!("/api/v1/{service}");
    platform.post(&path, &JSON, body.to_string().as_bytes())
}

fn booking() -> Value {
    json!({ "user": "ana", "flightNumber": "TP1", "origin": "LIS", "destination": "OPO",
            "passengers": [] })
}

/// Kills a service and keeps it from coming back for as long as `during` runs.
fn without(platform: &TestPlatform, service: &str, during: impl FnOnce()) {
    let program = platform.path("services").join(service);
    let hidden = program.with_extension("hidden");
    std::fs::rename(&program, &hidden).expect("hidden");
    let address = address(platform, service);
    let status = || platform.admin("GET", "/processes").json();
    let of = |status: &Value| {
        let found = status.as_array().expect("a list").iter().find(|one| one["process"] == service);
        found.expect("it is known").clone()
    };
    let pid = of(&status())["pid"].as_u64().expect("it runs");
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw).expect("an id");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it is there");
    until("it is gone", || of(&status())["phase"] == "waiting");
    during();
    std::fs::rename(&hidden, &program).expect("back");
    until("it is back", || of(&status())["phase"] == "serving");
    assert_eq!(address, self::address(platform, service), "it has kept its port");
}

#[test]
fn a_service_that_is_down_is_told_and_comes_back() {
    let platform = start_with_own_services();
    assert_eq!(platform.get("/readiness").status, 200);
    without(&platform, "users", || {
        let answer = platform.get("/api/v1/auth-service/users");
        assert_eq!((answer.status, answer.json()), unavailable());
        // The booking is not made without its user.
        let answer = post(&platform, "booking-service/bookings", &booking());
        assert_eq!((answer.status, answer.json()), unavailable());
        let readiness = platform.get("/readiness");
        let services = json!([{ "name": "auth-service", "status": "offline" },
                              { "name": "booking-service", "status": "healthy" }]);
        let detail = json!({ "detail": { "status": "unhealthy", "services": services } });
        assert_eq!((readiness.status, readiness.json()), (503, detail));
        assert_eq!(platform.get("/health").status, 200);
    });
    assert_eq!(platform.get("/readiness").status, 200);
    let bookings = platform.get("/api/v1/booking-service/bookings");
    assert_eq!(bookings.json(), json!({ "data": [] }));
}

fn unavailable() -> (u16, Value) {
    (503, json!({ "detail": "Service is unavailable." }))
}

/// A client over its limit books nothing.
fn refuses_who_is_over_the_limit(platform: &TestPlatform) {
    let user = json!({ "username": "ana", "password": "x" });
    assert_eq!(post(platform, "auth-service/users", &user).status, 201);
    let statuses: Vec<u16> =
        (0..6).map(|_| post(platform, "booking-service/bookings", &booking()).status).collect();
    assert_eq!(statuses, [201, 201, 201, 201, 429, 429]);
    let bookings = http_get(&address(platform, "bookings"), "/api/v1/bookings").json();
    assert_eq!(bookings["data"].as_array().map(Vec::len), Some(4));
}

#[test]
fn the_services_documents_are_one_page() {
    let platform = start(6000);
    let document = platform.get("/openapi.json").json();
    let paths: Vec<_> = document["paths"].as_object().expect("paths").keys().collect();
    let public = [
        "/api/v1/auth-service/users",
        "/api/v1/auth-service/users/{user_id}",
        "/api/v1/booking-service/bookings",
        "/api/v1/booking-service/bookings/{booking_id}",
    ];
    assert_eq!(paths, public);
    let browser = Browser::start(1100);
    browser.open(&format!("{}/docs", platform.api));
    browser.until("document.querySelectorAll('.operation').length > 0");
    let shown = browser
        .value("[...document.querySelectorAll('.operation')].map((it) => it.dataset.operation)");
    let users = "/api/v1/auth-service/users";
    let bookings = "/api/v1/booking-service/bookings";
    let expected = [
        format!("GET {users}"),
        format!("POST {users}"),
        format!("GET {users}/{{user_id}}"),
        format!("GET {bookings}"),
        format!("POST {bookings}"),
        format!("GET {bookings}/{{booking_id}}"),
    ];
    assert_eq!(shown, json!(expected));
    assert_eq!(browser.value("document.title"), "Airline");
    browser.click(&format!("[data-operation='POST {bookings}'] summary"));
    browser.until("document.querySelector('.operation[open]').innerText.includes('NewBooking')");
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn names_that_lead_elsewhere_in_a_path_are_names() {
    let platform = start(6000);
    for name in ["..", ".", "a/../b", "a/b", "?", "%2e", "é"] {
        let mut booking = booking();
        booking["user"] = json!(name);
        let answer = post(&platform, "booking-service/bookings", &booking);
        let unknown = (404, json!({ "detail": "User not found" }));
        assert_eq!((answer.status, answer.json()), unknown, "{name}");
        let user = json!({ "username": name, "password": "x" });
        assert_eq!(post(&platform, "auth-service/users", &user).status, 201, "{name}");
        let answer = post(&platform, "booking-service/bookings", &booking);
        assert_eq!((answer.status, &answer.json()["data"]["user"]), (201, &json!(name)));
    }
}

#[test]
fn other_methods_are_told_which_there_are() {
    let platform = start(6000);
    let check = |base: &str, path: &str, allowed: &str| {
        let answer = Connection::open(base).request("DELETE", path, &[], b"");
        assert_eq!((answer.status, answer.header("allow")), (405, Some(allowed)), "{path}");
        assert_eq!(answer.json(), json!({ "detail": "Method Not Allowed" }), "{path}");
    };
    for path in ["/", "/health", "/readiness", "/openapi.json", "/docs"] {
        check(&platform.api, path, "GET");
    }
    for service in ["auth-service", "booking-service"] {
        check(&platform.api, &format!("/api/v1/{service}/docs"), "GET");
    }
    check(&platform.api, "/api/v1/auth-service/users", "GET, POST");
    let users = address(&platform, "users");
    check(&users, "/api/v1/users", "GET,HEAD,POST");
    check(&users, "/api/v1/users/ana", "GET,HEAD");
    check(&users, "/api/v1/user-by-username", "POST");
}
