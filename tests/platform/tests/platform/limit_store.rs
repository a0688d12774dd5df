//! Servers that share their limits in a real Redis.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::TestPlatform;
use crate::patience::until;
use crate::redis::Redis;

fn stack(redis: &Redis) -> String {
    let port = redis.port;
    format!(
        "\
name: shared
limits_store: {{ url: \"redis://127.0.0.1:{port}\", timeout: 5s }}
apis:
  main:
    throttle: {{ by: ip, rate: 1/h, burst: 5 }}
    routes:
      GET /: {{ mock: {{ body: ok }} }}
"
    )
}

/// In the place of the API's first lines: a key that the manifest declares, and its plan.
const KEYED: &str = "\
parameters: { site: { default: site-key-0123456789-abc } }
usage_plans: { basic: { apis: main, quota: 4/day } }
keys: { site: { plans: basic, value: \"${param:site}\" } }
apis:
  main:";

#[test]
fn two_servers_give_the_burst_once_and_a_dead_store_fails_no_request() {
    let mut redis = Redis::start();
    let manifest = stack(&redis);
    let files = [("tidegate.yaml", manifest.as_str())];
    let servers = [TestPlatform::start(&files), TestPlatform::start(&files)];
    let statuses: Vec<_> = (0..10).map(|at| servers[at % 2].get("/").status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429, 429, 429, 429, 429]);

    redis.kill();
    // The store fails while it is used, too.
    let shown = || servers[0].tidegate(&["limits", "--admin", &servers[0].admin]).said().out;
    until("the store is missed", || {
        shown().contains("callers cannot be shown: the limit store at")
    });
    assert!(shown().contains("`on_store_failure: share` decides for main/ip\n"), "{}", shown());
    for server in &servers {
        for _ in 0..20 {
            let status = server.get("/").status;
            assert!(status == 200 || status == 429, "{status}");
        }
    }
}

#[test]
fn a_declared_key_has_one_quota_on_all_servers_of_a_namespace() {
    let redis = Redis::start();
    let manifest = |namespace: &str| {
        stack(&redis)
            .replace("timeout: 5s", &format!("timeout: 5s, namespace: {namespace}"))
            .replace("apis:\n  main:", KEYED)
            .replace("throttle: { by: ip, rate: 1/h, burst: 5 }", "api_key_required: true")
    };
    let start = |namespace| TestPlatform::start(&[("tidegate.yaml", &manifest(namespace))]);
    let servers = [start("shop"), start("shop"), start("other")];
    let ask = |server: &TestPlatform| {
        let key = [("x-api-key", "site-key-0123456789-abc")];
        server.connect().request("GET", "/", &key, b"").status
    };
    let statuses: Vec<_> = (0..6).map(|at| ask(&servers[at % 2])).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 429, 429]);
    assert_eq!(ask(&servers[2]), 200, "another namespace has limits of its own");

    // What is beyond a limit that was lowered since is known to no store.
    servers[0].save("tidegate.yaml", &manifest("shop").replace("4/day", "3/day"));
    servers[0].event("reload");
    let extend = ["keys", "extend", "site", "--plan", "basic", "--by", "2"];
    assert_eq!(servers[0].tidegate(&extend).said().out, "site may make 2 more requests\n");
    let statuses: Vec<_> = (0..3).map(|_| ask(&servers[0])).collect();
    assert_eq!(statuses, [200, 200, 429]);
}

#[test]
fn a_server_with_keys_and_quotas_starts_without_its_store() {
    let mut redis = Redis::start();
    redis.kill();
    let manifest = stack(&redis)
        .replace("apis:\n  main:", KEYED)
        .replace("throttle: { by: ip, rate: 1/h, burst: 5 }", "api_key_required: true");
    let platform = TestPlatform::start(&[("tidegate.yaml", &manifest)]);
    let usage = platform.tidegate(&["keys", "usage"]).said();
    assert_eq!(usage.exit, Some(0), "{}", usage.err);
    let problem = "quotas cannot be shown: the limit store at 127.0.0.1:";
    assert!(usage.out.contains(problem), "{}", usage.out);
}

/// An operator is not told that a caller has what nobody could write down.
#[test]
fn what_a_dead_store_cannot_keep_is_not_granted() {
    let mut redis = Redis::start();
    let plan = "usage_plans: { basic: { apis: main, quota: 4/day } }\napis:\n  main:";
    let manifest = stack(&redis)
        .replace("apis:\n  main:", plan)
        .replace("throttle: { by: ip, rate: 1/h, burst: 5 }", "api_key_required: true");
    let platform = TestPlatform::start(&[("tidegate.yaml", &manifest)]);
    let run = |arguments: &[&str]| platform.tidegate(arguments).said();
    let extend = ["keys", "extend", "site", "--plan", "basic", "--by", "3"];
    let made = run(&["keys", "create", "site", "--plan", "basic"]);
    assert_eq!(made.exit, Some(0), "{}", made.err);

    redis.kill();
    let refused = run(&extend);
    assert_eq!((refused.exit == Some(0), refused.out.as_str()), (false, ""), "{}", refused.err);
    assert!(refused.err.contains("the store of limits did not answer"), "{}", refused.err);
    let audit = run(&["audit"]).out;
    assert!(audit.contains("create") && !audit.contains("extend"), "{audit}");
}

/// The store decides after the answer has begun, or even ended.
#[test]
fn a_shadow_gives_its_slots_back_to_the_store() {
    let redis = Redis::start();
    let shadow = "limits: { name: slots, by: ip, concurrency: 10, action: shadow }";
    let manifest = stack(&redis).replace("throttle: { by: ip, rate: 1/h, burst: 5 }", shadow);
    let platform = TestPlatform::start(&[("tidegate.yaml", &manifest)]);
    for _ in 0..30 {
        assert_eq!(platform.get("/").status, 200);
    }
    let seen = || {
        let shown = platform.admin("GET", "/limits").json();
        ["would_allow", "would_deny"].map(|it| shown["limits"][0][it].as_u64().unwrap_or(0))
    };
    until("all are decided", || seen().iter().sum::<u64>() == 30);
    assert_eq!(seen(), [30, 0]);
}

#[test]
fn what_leases_may_add_is_shown() {
    let redis = Redis::start();
    let limits = "limits:
      - { name: fast, by: ip, rate: 1000/s, burst: 10, mode: leased, lease: 100ms }
      - { name: exact, by: ip, rate: 1000/s, burst: 10, mode: exact }";
    let manifest = stack(&redis).replace("throttle: { by: ip, rate: 1/h, burst: 5 }", limits);
    let platform = TestPlatform::start(&[("tidegate.yaml", &manifest)]);
    let shown = platform.admin("GET", "/limits").json();
    let bounds = [0, 1].map(|at| shown["limits"][at]["overshoot_bound"].as_u64());
    assert_eq!(bounds, [Some(100), Some(0)], "{shown}");
    let metrics = platform.admin("GET", "/metrics");
    for line in [
        "tidegate_limit_overshoot_bound{api=\"main\",policy=\"fast\"} 100",
        "tidegate_limit_overshoot_bound{api=\"main\",policy=\"exact\"} 0",
    ] {
        assert!(metrics.text().lines().any(|other| other == line), "{}", metrics.text());
    }
}

/// A gateway that does not start because of its limits' store would make one outage out of two.
#[test]
fn a_server_starts_without_its_store_and_uses_it_once_it_is_there() {
    let mut redis = Redis::start();
    let manifest = format!(
        "\
name: awaited
limits_store: {{ url: \"redis://127.0.0.1:{}\", timeout: 5s, min_share: 50% }}
apis:
  main:
    refusals: problem
    routes:
      GET /open: {{ mock: {{ body: ok }}, limits: [{{ by: ip, rate: 1/h, burst: 3, on_store_failure: open }}] }}
      GET /closed: {{ mock: {{ body: ok }}, limits: [{{ by: ip, rate: 1/h, name: door, burst: 3, on_store_failure: closed }}] }}
      GET /share: {{ mock: {{ body: ok }}, limits: [{{ by: ip, rate: 4000/h, burst: 4 }}] }}
      GET /free: {{ mock: {{ body: ok }} }}
",
        redis.port
    );
    redis.kill();
    let server = TestPlatform::start(&[("tidegate.yaml", &manifest)]);
    let note = first_note(server.folder());
    assert!(note.contains("cannot be reached"), "{note}");
    assert!(note.contains("`on_store_failure` decides; `share` admits 50%"), "{note}");
    let statuses = |path| [0; 4].map(|_| server.get(path).status);
    assert_eq!(statuses("/free"), [200; 4]);
    assert_eq!(statuses("/open"), [200; 4]);
    assert_eq!(statuses("/closed"), [503; 4]);
    assert!(statuses("/share").contains(&429), "half of a bucket that begins empty");
    let refused = server.get("/closed").json();
    let said = ["reason", "violated-policies", "policy", "level", "limit", "remaining"]
        .map(|member| refused[member].clone());
    let door = json!("door");
    assert_eq!(
        said,
        [json!("limit_unknown"), json!(["door"]), door, json!("route"), json!(3), Value::Null],
        "{refused}"
    );
    assert_eq!(server.metric("tidegate_limit_store_up"), 0);
    assert_without_store(&server, &redis);

    redis.start_again();
    until("the store decides", || server.metric("tidegate_limit_store_up") == 1);
    assert_eq!(statuses("/open"), [200, 200, 200, 429]);
    assert_eq!(statuses("/closed"), [200, 200, 200, 429]);
}

/// What this server counted, what is wrong with the store, and what decides.
fn assert_without_store(server: &TestPlatform, redis: &Redis) {
    let shown = server.tidegate(&["limits", "--admin", &server.admin]).said();
    assert_eq!(shown.exit, Some(0), "{}", shown.err);
    let store = format!("callers cannot be shown: the limit store at 127.0.0.1:{} ", redis.port);
    for line in [store.as_str(), "main/door", "`on_store_failure: closed` decides for main/door\n"]
    {
        assert!(shown.out.contains(line), "{}", shown.out);
    }
    let pause = ["limits", "pause", "door", "ip=127.0.0.1", "--admin", &server.admin];
    let refused = server.tidegate(&pause).said();
    assert!(
        refused.exit != Some(0) && refused.err.contains("the limit store at"),
        "{}",
        refused.err
    );
}

/// What a server of this folder tells people first about their stack.
fn first_note(folder: &std::path::Path) -> String {
    let state = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(crate::program::tidegate());
    command.arg("up").arg(folder).arg("--state").arg(state.path());
    command.args(["--port", "0", "--admin-port", "0", "--aws-port", "0"]);
    let mut server = command.stdout(Stdio::piped()).spawn().expect("tidegate starts");
    let lines = BufReader::new(server.stdout.take().expect("piped")).lines();
    let note = lines.map_while(Result::ok).find(|line| line.contains("note"));
    server.kill().expect("killed");
    server.wait().expect("ended");
    note.expect("a note")
}

#[test]
fn a_store_that_will_not_do_is_named_at_the_start() {
    let redis = Redis::start();
    assert_eq!(redis.tell(&["CONFIG", "SET", "requirepass", "s3cret"]).trim(), "OK");
    let folder = tempfile::tempdir().expect("a folder");
    crate::platform::write(folder.path(), &[("tidegate.yaml", &stack(&redis))]);
    let arguments = ["up", "--port", "0", "--admin-port", "0", "--aws-port", "0"];
    let said = crate::program::run(folder.path(), &arguments).said();
    let expected = format!("the limit store at 127.0.0.1:{} wants a password", redis.port);
    assert!(said.err.contains(&expected), "{}", said.err);
    assert_eq!(said.exit, Some(2));
}
