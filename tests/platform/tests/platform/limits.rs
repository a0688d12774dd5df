//! Limits as people declare, watch and change them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::{SyncSender, sync_channel};

use serde_json::{Value, json};

use crate::TestPlatform;
use crate::http::Connection;
use crate::program::run;
use crate::upstream::Upstream;

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

/// Whether neither a limit nor a caller is called so.
fn is_unknown(platform: &TestPlatform, name: &str) -> bool {
    let said = tidegate(platform, &["limits", name]);
    assert!(said.exit == Some(0) || said.out.is_empty(), "{}", said.out);
    said.exit == Some(4) && said.err.contains(&format!("no limit is called `{name}`"))
}

#[test]
fn names_of_nothing_are_told() {
    let platform = TestPlatform::start(&[("tidegate.yaml", STACK)]);
    statuses(&mut platform.connect(), 1);
    assert!(is_unknown(&platform, "nope"));
    assert!(is_unknown(&platform, "public/nope"));
    assert!(is_unknown(&platform, "ip=192.0.2.7"));
    for name in ["door", "public/door", "ip=127.0.0.1"] {
        assert!(!is_unknown(&platform, name), "{name}");
    }
    let far = tidegate(&platform, &["limits", "x-team=blue", "--near", "0.9"]);
    assert_eq!((far.exit, &*far.out), (Some(0), "no caller to show\n"), "it is there");
    let json = tidegate(&platform, &["limits", "nope", "--output", "json"]);
    let answer: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!((json.exit, &answer["limits"]), (Some(4), &json!([])));
}

#[test]
fn the_server_is_named_before_or_after_what_to_do() {
    let platform = TestPlatform::start(&[("tidegate.yaml", STACK)]);
    statuses(&mut platform.connect(), 1);
    let run = |arguments: &[&str]| run(std::path::Path::new("/"), arguments).said();
    for verb in ["pause", "resume", "reset"] {
        let said = run(&["limits", "--admin", &platform.admin, verb, "door", "ip=127.0.0.1"]);
        assert_eq!(said.exit, Some(0), "{}", said.err);
        assert!(said.out.contains("public/door  ip=127.0.0.1"), "{}", said.out);
    }
    for (before, given) in [
        (&["--near", "0.9"][..], "--near"),
        (&["--top", "3"], "--top"),
        (&["--throttled"], "--throttled"),
        (&["-w"], "--watch"),
        (&["door"], "door"),
    ] {
        let after = ["pause", "door", "ip=127.0.0.1", "--admin", &platform.admin];
        let said = run(&[&["limits"], before, &after].concat());
        assert_eq!((said.exit, &*said.out), (Some(2), ""), "{before:?}");
        let expected = format!("`{given}` means nothing before `pause`");
        assert!(said.err.contains(&expected), "{}", said.err);
    }
    let said = run(&["queues", "-w", "peek", "jobs", "--admin", &platform.admin]);
    assert_eq!(said.exit, Some(2));
    assert!(said.err.contains("`--watch` means nothing before `peek`"), "{}", said.err);
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

    // The candidate is used up, too, but refuses nobody.
    let throttled = seen(&platform, &["--throttled"])["keys"].clone();
    let names: Vec<_> =
        throttled.as_array().expect("keys").iter().map(|key| &key["limit"]).collect();
    assert_eq!(names, ["door"]);
    let tight = &seen(&platform, &["tight"])["keys"][0];
    assert_eq!((&tight["throttled"], &tight["would_throttle"]), (&false.into(), &true.into()));

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
    assert!(stranger.err.contains("`tidegate limits` shows both"), "{}", stranger.err);
    assert_eq!(tidegate(&platform, &["limits", "--near", "80%"]).exit, Some(2));
}

/// Nobody reads a secret off, and yet one caller of several can be meant.
#[test]
fn callers_whose_names_are_hidden_are_told_apart() {
    let limit = "{ name: login, by: \"header:x-token\", when_missing: skip, rate: 1/h, burst: 3 }";
    let stack = format!(
        "name: hidden\napis:\n  public:\n    limits: {limit}\n    routes:\n      GET /: {{ mock: {{ body: in }} }}\n"
    );
    let platform = TestPlatform::start(&[("tidegate.yaml", &stack)]);
    let mut connection = platform.connect();
    let mut status =
        |token: &str| connection.request("GET", "/", &[("x-token", token)], b"").status;
    assert_eq!([status("s3cret-a"), status("s3cret-b"), status("s3cret-b")], [200; 3]);
    let keys = seen(&platform, &["login"])["keys"].clone();
    let name = |used: u64| {
        let mut keys = keys.as_array().expect("keys").iter();
        let key = keys.find(|key| key["value"] == used).expect("a caller");
        key["key"].as_str().expect("a name").to_owned()
    };
    let (a, b) = (name(1), name(2));
    assert!(a != b && !keys.to_string().contains("s3cret"), "{keys}");
    let digits = a.strip_prefix("x-token=(hidden ").and_then(|rest| rest.strip_suffix(')'));
    assert!(digits.is_some_and(|digits| digits.len() == 6), "{a}");
    assert_eq!(tidegate(&platform, &["limits", "pause", "login", &b]).exit, Some(0));
    assert_eq!([status("s3cret-a"), status("s3cret-b")], [200, 429]);
    assert_eq!(tidegate(&platform, &["limits", "resume", "login", &b]).exit, Some(0));
    assert_eq!(status("s3cret-b"), 200);
}

/// Who is outside of the share that a limit refuses is counted, and not refused.
#[test]
fn a_rollout_throttles_whom_it_refuses() {
    let limit = "{ name: team, by: \"header:x-team\", when_missing: skip, rate: 1/h, burst: 1, enforce: 50% }";
    let stack = format!(
        "name: rollout\napis:\n  public:\n    limits: {limit}\n    routes:\n      GET /: {{ mock: {{ body: in }} }}\n"
    );
    let platform = TestPlatform::start(&[("tidegate.yaml", &stack)]);
    let mut connection = platform.connect();
    let mut refused = Vec::new();
    for team in 0..30 {
        let team = format!("team-{team}");
        let answers =
            [0; 2].map(|_| connection.request("GET", "/", &[("x-team", &team)], b"").status);
        if answers == [200, 429] {
            refused.push(format!("x-team={team}"));
        }
    }
    assert!(!refused.is_empty() && refused.len() < 30, "{refused:?}");
    let of = |arguments: &[&str], state: &str| {
        let keys = seen(&platform, &[&["--top", "100"], arguments].concat())["keys"].clone();
        let mut names: Vec<_> = keys
            .as_array()
            .expect("keys")
            .iter()
            .filter(|key| key[state] == true)
            .map(|key| key["key"].as_str().expect("a name").to_owned())
            .collect();
        names.sort();
        names
    };
    refused.sort();
    assert_eq!(of(&["--throttled"], "throttled"), refused);
    assert_eq!(of(&[], "throttled"), refused);
    assert_eq!(of(&[], "would_throttle").len(), 30 - refused.len());
}

/// Whoever is paused need not call again to be found, whatever has become of the limit.
#[test]
fn who_was_paused_before_a_restart_and_changes_is_listed_and_resumed_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    crate::platform::write(folder.path(), &[("tidegate.yaml", STACK)]);
    let platform = TestPlatform::serve_folder(folder.path());
    assert_eq!(statuses(&mut platform.connect(), 1), [200]);
    assert_eq!(tidegate(&platform, &["limits", "pause", "door", "ip=127.0.0.1"]).exit, Some(0));
    drop(platform);
    let with_burst = |burst| STACK.replace("burst: 3", burst);
    crate::platform::write(folder.path(), &[("tidegate.yaml", &with_burst("burst: 4"))]);
    let platform = TestPlatform::serve_folder(folder.path());
    platform.save("tidegate.yaml", &with_burst("burst: 5"));
    assert_eq!(platform.admin("POST", "/reload").status, 200);
    let key = &seen(&platform, &["--throttled"])["keys"][0];
    assert_eq!((&key["limit"], &key["key"]), (&"door".into(), &"ip=127.0.0.1".into()));
    assert!(key["paused_until"].is_u64(), "{key}");
    let resume = ["limits", "resume", "door", "ip=127.0.0.1", "--output", "json"];
    let resumed = tidegate(&platform, &resume);
    assert_eq!(resumed.exit, Some(0), "{}", resumed.err);
    let resumed: Value = serde_json::from_str(&resumed.out).expect("JSON");
    assert_eq!(resumed["key"]["paused_until"], Value::Null, "{resumed}");
    assert_eq!(statuses(&mut platform.connect(), 1), [200]);
}

#[test]
fn the_limit_that_holds_now_is_shown_and_changed() {
    let stack = |burst: u32| {
        let api = |stage: &str| {
            format!(
                "  {stage}:\n    stage: {stage}\n    throttle: {{ name: door, by: ip, rate: 1/h, \
                 burst: {burst} }}\n    routes:\n      GET /: {{ mock: {{ body: in }} }}\n"
            )
        };
        format!("name: twice\napis:\n{}{}", api("one"), api("two"))
    };
    let platform = TestPlatform::start(&[("tidegate.yaml", &stack(2))]);
    let statuses =
        |path: &str, times| -> Vec<u16> { (0..times).map(|_| platform.get(path).status).collect() };
    assert_eq!(statuses("/one/", 3), [200, 200, 429]);
    platform.save("tidegate.yaml", &stack(5));
    assert_eq!(platform.admin("POST", "/reload").status, 200);
    assert_eq!(statuses("/one/", 1), [200]);
    let keys = &seen(&platform, &["one/door"])["keys"];
    assert_eq!(keys.as_array().expect("keys").len(), 1, "{keys}");
    assert_eq!((&keys[0]["value"], &keys[0]["of"]), (&1.into(), &5.into()));

    let change = |verb, limit| tidegate(&platform, &["limits", verb, limit, "ip=127.0.0.1"]);
    assert_eq!(change("pause", "door").exit, Some(0), "only one of them has seen the caller");
    assert_eq!(statuses("/one/", 1), [429]);
    assert_eq!(statuses("/two/", 1), [200]);
    let either = change("resume", "door");
    assert_eq!(either.exit, Some(1), "{}", either.out);
    assert!(
        either.err.contains("several limits are called `door`; say `one/door` or `two/door`"),
        "{}",
        either.err
    );
    assert_eq!(change("resume", "one/door").exit, Some(0));
    let reset =
        tidegate(&platform, &["limits", "reset", "one/door", "ip=127.0.0.1", "--output", "json"]);
    let reset: Value = serde_json::from_str(&reset.out).expect("JSON");
    assert_eq!((&reset["key"]["value"], &reset["key"]["remaining"]), (&0.into(), &5.into()));
    // Whoever has used nothing can be paused, too.
    assert_eq!(change("pause", "one/door").exit, Some(0));
    assert_eq!(statuses("/one/", 1), [429]);
}

fn try_out(platform: &TestPlatform, method: &str, api: &str, body: &Value) -> (u16, Value) {
    let host = platform.admin.strip_prefix("http://").expect("cleartext");
    let (mut connection, body) = (Connection::open(&platform.admin), body.to_string());
    let head = format!(
        "{method} /limits/what-if?api={api} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.send(head.as_bytes());
    let answer = connection.answer(method).expect("an answer");
    (answer.status, answer.json())
}

#[test]
fn a_limit_is_tried_out_on_live_traffic() {
    let platform = TestPlatform::start(&[("tidegate.yaml", STACK)]);
    let mut connection = platform.connect();
    let trial = json!({ "name": "trial", "by": ["ip", "path:team"], "when_missing": "share", "rate": "1/h", "burst": 2 });
    let (status, said) = try_out(&platform, "PUT", "public", &trial);
    assert_eq!((status, &said["limits"][0]["action"]), (200, &"what-if".into()), "{said}");
    let answers = statuses(&mut connection, 5);
    assert_eq!(answers, [200, 200, 200, 429, 429], "it refuses nobody");
    let of_trial = || {
        let all = seen(&platform, &["trial"]);
        let limit = &all["limits"][0];
        (limit["would_allow"].as_u64(), limit["would_deny"].as_u64())
    };
    assert_eq!(of_trial(), (Some(2), Some(3)));

    // A reload leaves it there.
    assert_eq!(platform.admin("POST", "/reload").status, 200);
    statuses(&mut connection, 1);
    assert_eq!(of_trial(), (Some(2), Some(4)));

    let (status, said) =
        try_out(&platform, "PUT", "public", &json!({ "by": "ip", "rate": "-5/s" }));
    assert_eq!(status, 422, "{said}");
    assert!(said["problems"][0]["code"].is_string(), "{said}");
    let same = json!({ "name": "door", "by": "ip", "rate": "5/s" });
    assert_eq!(try_out(&platform, "PUT", "public", &same).0, 409);
    assert_eq!(try_out(&platform, "PUT", "private", &trial).0, 404);

    assert_eq!(try_out(&platform, "DELETE", "public", &json!({})).0, 200);
    assert!(is_unknown(&platform, "trial"));
    let audit = tidegate(&platform, &["audit"]).out;
    assert!(audit.contains("try limits out") && audit.contains("end trials"), "{audit}");
}

#[test]
fn a_limit_is_tried_out_from_the_command_line() {
    let platform = TestPlatform::start(&[("tidegate.yaml", STACK)]);
    let what_if = |rest: &[&str]| tidegate(&platform, &[&["limits", "what-if"], rest].concat());
    let one = "{ name: trial, by: ip, rate: 1/h, burst: 1 }";
    let two = r#"[{ "name": "slots", "by": "api", "concurrency": 3 }]"#;
    let tried = what_if(&["public", one, two]);
    assert_eq!(tried.exit, Some(0), "{}", tried.err);
    assert!(
        tried.out.contains("public/trial") && tried.out.contains("public/slots"),
        "{}",
        tried.out
    );
    statuses(&mut platform.connect(), 3);
    let limit = &seen(&platform, &["trial"])["limits"][0];
    assert_eq!((limit["would_allow"].as_u64(), limit["would_deny"].as_u64()), (Some(1), Some(2)));
    assert_eq!(seen(&platform, &["slots"])["limits"][0]["would_allow"], 3);

    let wrong = |rest: &[&str], exit, said: &str| {
        let wrong = what_if(rest);
        assert_eq!(wrong.exit, Some(exit), "{}", wrong.err);
        assert!(wrong.err.contains(said), "{}", wrong.err);
    };
    wrong(&["public", "{ by: ip, rate: -5/s }"], 1, "-5/s");
    wrong(&["public", "{ by: ip"], 2, "LIMIT");
    wrong(&["private", one], 4, "no API is called `private`");
    wrong(&["public"], 2, "LIMIT");
    // What is wrong changes nothing.
    assert_eq!(seen(&platform, &["trial"])["limits"][0]["would_deny"], 2);

    let ended = what_if(&["public", "--end"]);
    assert_eq!(ended.out, "no limit is tried out on the API `public`\n");
    assert!(is_unknown(&platform, "trial"));
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

/// An upstream that sends half of its answer, and the rest when the test says so.
fn halves() -> (Upstream, SyncSender<()>) {
    let (finish, finished) = sync_channel::<()>(1);
    let finished = Mutex::new(finished);
    let upstream = Upstream::start(move |asked| {
        asked.send(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab");
        let go_on = finished.lock().expect("one at a time").recv();
        asked.send(b"cd");
        go_on.is_ok()
    });
    (upstream, finish)
}

/// Where nothing says when, a request is repeated until it is admitted.
fn admitted(platform: &TestPlatform) -> bool {
    (0..10_000).any(|_| platform.get("/free").status == 200)
}

#[test]
fn a_slot_is_held_until_the_answers_last_byte_or_its_client_goes() {
    let (upstream, finish) = halves();
    let stack = format!(
        "name: slots\nupstreams:\n  slow: {}\napis:\n  main:\n    limits: {{ by: api, concurrency: 1 }}\n    \
         routes:\n      GET /slow: {{ upstream: slow }}\n      GET /free: {{ mock: {{ body: ok }} }}\n",
        upstream.url
    );
    let platform = TestPlatform::start(&[("tidegate.yaml", &stack)]);
    let begin = || {
        let address = platform.api.trim_start_matches("http://");
        let mut client = TcpStream::connect(address).expect("connected");
        client
            .write_all(b"GET /slow HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .expect("sent");
        let mut seen = Vec::new();
        while !seen.ends_with(b"\r\n\r\nab") {
            let mut byte = [0];
            client.read_exact(&mut byte).expect("half an answer");
            seen.push(byte[0]);
        }
        client
    };
    let mut whole = begin();
    assert_eq!(platform.get("/free").status, 429);
    finish.send(()).expect("the upstream waits");
    let mut rest = Vec::new();
    whole.read_to_end(&mut rest).expect("the rest");
    assert_eq!(rest, b"cd");
    assert!(admitted(&platform));

    let gone = begin();
    assert_eq!(platform.get("/free").status, 429);
    drop(gone);
    assert!(admitted(&platform));
    finish.send(()).expect("the upstream waits");
}

#[test]
fn a_daily_quota_is_told_and_survives_a_reload() {
    let stack = |body: &str| {
        format!(
            "name: quota\napis:\n  main:\n    limits: {{ name: daily, by: ip, quota: 2/day, zone: Asia/Kolkata }}\n    \
             routes:\n      GET /: {{ mock: {{ body: {body} }} }}\n"
        )
    };
    let platform = TestPlatform::start(&[("tidegate.yaml", &stack("one"))]);
    let first = platform.get("/");
    assert_eq!(first.header("ratelimit-policy"), Some(r#""daily";q=2;w=86400"#));
    platform.save("tidegate.yaml", &stack("two"));
    platform.event("reload");
    let second = platform.get("/");
    assert_eq!((second.status, second.text()), (200, "two"));
    let refused = platform.get("/");
    assert_eq!(refused.status, 429);
    let wait = refused.header("retry-after").and_then(|it| it.parse::<u64>().ok());
    assert!(wait.is_some_and(|seconds| seconds <= 86_400), "{wait:?}");
    let daily = seen(&platform, &["daily"]);
    assert_eq!(daily["keys"][0]["kind"], "quota");
    assert_eq!(daily["limits"][0]["rule"], "2/day Asia/Kolkata");
}
