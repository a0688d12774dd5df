//! Limits as people declare, watch and change them.

use serde_json::Value;

use crate::TestPlatform;
use crate::http::Connection;
use crate::program::run;

const STACK: &str = "\
name: limited
apis:
  public:
    refusals: problem
    limit_headers: both
    limits:
      - { name: door, by: ip, rate: 1/h, burst: 3 }
      - { name: team, by: \"header:x-team\", when_missing: skip, rate: 1/h, burst: 100, cost: 40, action: shadow }
    what_if: { name: tight, by: ip, rate: 1/h, burst: 1 }
    routes:
      GET /: { mock: { body: in } }
      GET /teams/{team}:
        mock: { body: in }
        limits: { name: each-team, by: \"path:team\", rate: 1/h, burst: 1 }
";

fn statuses(connection: &mut Connection, times: usize) -> Vec<u16> {
    (0..times).map(|_| connection.request("GET", "/", &[("x-team", "blue")], b"").status).collect()
}

fn tidegate(platform: &TestPlatform, arguments: &[&str]) -> crate::program::Said {
    let all: Vec<&str> = arguments.iter().copied().chain(["--admin", &platform.admin]).collect();
    run(std::path::Path::new("/"), &all).said()
}

fn seen(platform: &TestPlatform, arguments: &[&str]) -> Value {
    let arguments = [&["limits", "--output", "json"], arguments].concat();
    let said = tidegate(platform, &arguments);
    assert_eq!(said.exit, Some(0), "{}", said.err);
    serde_json::from_str(&said.out).expect("JSON")
}

#[test]
fn what_limits_did_and_where_callers_stand() {
    let platform = TestPlatform::start(&[("tidegate.yaml", STACK)]);
    assert_eq!(statuses(&mut platform.connect(), 5), [200, 200, 200, 429, 429]);
    let all = seen(&platform, &[]);
    let of = |name: &str| {
        let mut limits = all["limits"].as_array().expect("limits").iter();
        limits.find(|limit| limit["name"] == name).expect("a limit").clone()
    };
    let counts = |name: &str| {
        let limit = of(name);
        ["allowed", "denied", "would_allow", "would_deny"].map(|it| limit[it].as_u64())
    };
    assert_eq!(counts("door"), [3, 2, 0, 0].map(Some));
    // A shadow sees what is admitted, a candidate everything.
    assert_eq!(counts("team"), [0, 0, 2, 1].map(Some));
    assert_eq!(counts("tight"), [0, 0, 1, 4].map(Some));
    assert_eq!(of("tight")["top"][0]["key"], "ip=127.0.0.1");
    assert_eq!(of("tight")["top"][0]["denied"], 4);

    let near = seen(&platform, &["--near", "0.9", "door"]);
    let key = &near["keys"][0];
    assert_eq!((&key["key"], &key["remaining"]), (&"ip=127.0.0.1".into(), &0.into()));
    assert_eq!(key["throttled"], true);
    let team = seen(&platform, &["x-team="]);
    assert_eq!(team["keys"][0]["value"], 80);

    let table = tidegate(&platform, &["limits"]).out;
    assert!(table.starts_with("LIMIT"), "{table}");
    assert!(table.contains("public/door") && table.contains("throttled"), "{table}");
}

#[test]
fn one_caller_is_paused_resumed_and_reset() {
    let platform = TestPlatform::start(&[("tidegate.yaml", STACK)]);
    let mut connection = platform.connect();
    assert_eq!(statuses(&mut connection, 1), [200]);
    let change = |verb| tidegate(&platform, &["limits", verb, "public/door", "ip=127.0.0.1"]);
    assert_eq!(change("pause").exit, Some(0));
    let refused = connection.request("GET", "/", &[], b"");
    assert_eq!(refused.status, 429);
    let said: Value = serde_json::from_slice(&refused.body).expect("JSON");
    assert_eq!((&said["policy"], &said["paused"]), (&"door".into(), &true.into()));
    assert_eq!(change("resume").exit, Some(0));
    // The pause took nothing.
    assert_eq!(statuses(&mut connection, 3), [200, 200, 429]);
    assert_eq!(change("reset").exit, Some(0));
    assert_eq!(statuses(&mut connection, 4), [200, 200, 200, 429]);

    let stranger = tidegate(&platform, &["limits", "pause", "door", "ip=192.0.2.9"]);
    assert_eq!(stranger.exit, Some(4));
    assert!(stranger.err.contains("limit `door` has not seen a caller `ip=192.0.2.9`"));
    assert_eq!(tidegate(&platform, &["limits", "--near", "80%"]).exit, Some(2));
}

/// A denial by the route's limit takes nothing from the API's.
#[test]
fn limits_of_api_and_route_are_one_decision() {
    let platform = TestPlatform::start(&[("tidegate.yaml", STACK)]);
    let mut connection = platform.connect();
    let mut ask = |path: &str| connection.request("GET", path, &[], b"");
    assert_eq!(
        [ask("/teams/a").status, ask("/teams/%61").status, ask("/teams/a").status],
        [200, 429, 429]
    );
    let refused = ask("/teams/a");
    let said: Value = serde_json::from_slice(&refused.body).expect("JSON");
    assert_eq!(said["violated-policies"], serde_json::json!(["each-team"]));
    assert_eq!((&said["level"], &said["limit"]), (&"route".into(), &1.into()));
    assert_eq!([ask("/").status, ask("/").status, ask("/").status], [200, 200, 429]);
}
