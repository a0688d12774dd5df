//! Whole apps of the CDK, as `cdk synth` left them, with nothing changed: what is read, and what they do.

use serde_json::{Value, json};

use crate::TestPlatform;
use crate::http::Connection;
use crate::libraries::offline;
use crate::patience::until;
use crate::program::{repository, run};
use crate::redis::Redis;

/// What `tidegate check` says of an app that has nothing unsupported.
fn checked(app: &str) -> String {
    let folder = repository().join("tests/platform/apps").join(app);
    let said = run(&folder, &["check", "cdk.out"]).said();
    assert_eq!(said.exit, Some(0), "{}", said.err);
    said.out
}

#[test]
fn an_http_api_with_its_functions_and_their_layer() {
    let said = checked("classes");
    for line in [
        "classes-main-dev: 3 functions, 0 upstreams, 3 routes",
        "  POST /register  -> function classes-dev-register",
        "  POST /results   -> function classes-dev-results",
        "  POST /analyze   -> function classes-dev-analyze",
    ] {
        assert!(said.lines().any(|told| told == line), "no `{line}` in\n{said}");
    }
}

#[test]
fn a_rest_api_with_queue_topic_schedule_and_cache() {
    let said = checked("throttled");
    for start in [
        "  cache Redis  redis",
        "  queue throttled-dev-Jobs",
        "  event rule throttled-dev-Hourly",
        "  trigger queue throttled-dev-Jobs",
        "  subscription of topic throttled-dev-Notices",
        "  ANY /prod/{proxy+}  -> function throttled-dev-ExternalApi",
    ] {
        assert!(said.lines().any(|told| told.starts_with(start)), "no `{start}` in\n{said}");
    }
    assert!(said.contains("2 reserved concurrencies"), "{said}");
}

/// The app served by `up`, and then deployed to a server, where it does the same.
fn both_ways(app: &str, does: impl Fn(&TestPlatform)) {
    let app = repository().join("tests/platform/apps").join(app).join("cdk.out");
    let folder = tempfile::tempdir().expect("a folder");
    let platform = TestPlatform::serve_source(&app, &folder.path().join("up"), &[], &offline());
    does(&platform);
    drop(platform);
    let platform = TestPlatform::daemon_where(folder.path(), &[], &offline());
    let app = app.to_str().expect("a path");
    let said = run(folder.path(), &["deploy", app]).env("TIDEGATE_STATE", "state").said();
    assert_eq!(said.exit, Some(0), "{said:?}");
    does(&platform);
}

fn call(platform: &TestPlatform, method: &str, path: &str) -> (u16, Value) {
    let answer = platform.connect().request(method, path, &[], b"");
    (answer.status, answer.json())
}

/// Runs the function whose name has this in it, and answers what it answered.
fn invoke(platform: &TestPlatform, name: &str) -> Value {
    let functions = "/2015-03-31/functions";
    let listed = Connection::open(&platform.aws).request("GET", functions, &[], b"").json();
    let named = listed["Functions"].as_array().expect("a list").iter();
    let mut names = named.filter_map(|it| it["FunctionName"].as_str());
    let function = names.find(|known| known.contains(name)).expect("one");
    let path = format!("{functions}/{function}/invocations");
    Connection::open(&platform.aws).request("POST", &path, &[], b"{}").json()
}

/// The rule's two functions, run as the rule does at the end of an hour, send three jobs each, of which the
/// API admits five.
fn throttles(platform: &TestPlatform) {
    invoke(platform, "TaskMaster");
    // It does not wait for the task master; the answer is that of an asynchronous invocation.
    assert_eq!(invoke(platform, "Orchestrator"), json!({ "status": 202 }));
    until("their jobs were done", || {
        let (status, told) = call(platform, "GET", "/prod/stats");
        let is_told = told["notices"].as_array().is_some_and(|all| !all.is_empty());
        status == 200 && is_told && told["stats"] == json!({ "200": 5, "429": 1 })
    });
    let (_, told) = call(platform, "GET", "/prod/stats");
    let notice = told["notices"][0].as_str().expect("a text");
    assert!(notice.starts_with("refused: survey"), "{notice}");
    // What the API says to callers of its own.
    let refused = (429, json!({ "message": "quota exceeded" }));
    assert_eq!(call(platform, "GET", "/prod/survey"), refused);
    assert_eq!(call(platform, "GET", "/prod/survey/1/interview"), refused);
    let unknown = json!({ "message": "'/other' is not a resource" });
    assert_eq!(call(platform, "GET", "/prod/other"), (400, unknown));
    let post = json!({ "message": "only GET is supported" });
    assert_eq!(call(platform, "POST", "/prod/survey"), (405, post));
    let outside = json!({ "message": "Forbidden" });
    assert_eq!(call(platform, "GET", "/elsewhere"), (403, outside));
    assert_eq!(invoke(platform, "Orchestrator"), json!({ "status": 202 }));
    until("three more jobs were refused", || {
        let (_, told) = call(platform, "GET", "/prod/stats");
        told["stats"]["429"] == 4 && told["notices"].as_array().map_or(0, Vec::len) == 4
    });
    // Nothing failed, and nothing waits.
    let (_, told) = call(platform, "GET", "/prod/stats");
    assert_eq!(told["stats"], json!({ "200": 5, "429": 4 }));
}

#[test]
fn a_throttled_api_its_workers_and_their_redis() {
    both_ways("throttled", throttles);
}

fn post(platform: &TestPlatform, path: &str, kind: &str, body: &[u8]) -> (u16, Value) {
    let answer = platform.post(path, &[("content-type", kind)], body);
    (answer.status, answer.json())
}

fn sends(platform: &TestPlatform, path: &str, body: &Value) -> (u16, Value) {
    post(platform, path, "application/json", body.to_string().as_bytes())
}

fn keeps_classes(platform: &TestPlatform) {
    // Nobody has stored the address yet: what boto3 raises is the function's failure.
    let ana = json!({ "name": "ana", "hours": [[3, 2], [0, 1]] });
    let failed = (500, json!({ "message": "Internal Server Error" }));
    assert_eq!(sends(platform, "/register", &ana), failed);
    let redis = Redis::start();
    let stored =
        json!({ "Name": "/classes/dev/redis_url", "Value": redis.url(), "Type": "SecureString" });
    let target = [("x-amz-target", "AmazonSSM.PutParameter")];
    let stored = Connection::open(&platform.aws).request(
        "POST",
        "/",
        &target,
        stored.to_string().as_bytes(),
    );
    assert_eq!(stored.status, 200, "{}", stored.text());

    let kept = json!({ "name": "ana", "slots": ["0:1", "3:2"] });
    assert_eq!(sends(platform, "/register", &ana), (201, kept));
    assert_eq!(redis.tell(&["HGET", "classes", "ana"]).trim(), "0:1,3:2");
    let bo = json!({ "name": "bo", "hours": [[3, 2]] });
    assert_eq!(sends(platform, "/register", &bo).0, 201);
    let (status, said) = sends(platform, "/register", &json!({ "name": "Bo!", "hours": [[3, 2]] }));
    assert_eq!(
        (status, said),
        (400, json!({ "name": "string does not match regex \"^[a-z]*$\"" }))
    );
    let (status, said) = sends(platform, "/register", &json!({ "name": "bo" }));
    assert_eq!((status, said), (400, json!({ "hours": "field required" })));

    let common = json!({ "count": 1, "slots": ["3:2"] });
    assert_eq!(sends(platform, "/results", &json!({ "names": ["ana", "bo"] })), (201, common));
    let nobody = json!({ "names": "nobody knows cy" });
    assert_eq!(sends(platform, "/results", &json!({ "names": ["ana", "cy"] })), (400, nobody));

    // Text reaches a function as it is, bytes as base64.
    let results = json!({ "ana": 2, "bo": 1, "cy": 0 });
    for (kind, is_base64) in [("text/plain", false), ("application/octet-stream", true)] {
        let expected = json!({ "total": 3, "results": results, "base64": is_base64 });
        assert_eq!(post(platform, "/analyze", kind, b"ana\nbo\ncy\n"), (200, expected));
    }
    let get = platform.get("/register");
    assert_eq!((get.status, get.json()), (404, json!({ "message": "Not Found" })));
}

#[test]
fn classes_in_a_redis_whose_address_is_a_secret() {
    both_ways("classes", keeps_classes);
}
