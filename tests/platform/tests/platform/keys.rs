//! API keys and usage plans: who is let in, what each answer looks like, and that usage is counted
//! exactly, over restarts and kills.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::TestPlatform;
use crate::http::{Answer, Connection};
use crate::program::run;

const PARTNER: &str = "partner-key-0123456789";

/// Two APIs: one answers as REST APIs do, the other natively.
const STACK: &str = "\
name: keyed
parameters:
  partner: { default: partner-key-0123456789 }
functions:
  who: { runtime: python3.11, code: who, handler: index.handler }
usage_plans:
  basic:
    apis: [{ api: rest, routes: { GET /slow: { rate: 1/h, burst: 2 } } }]
    quota: 5/day
  native: { apis: native, rate: 1/h, burst: 3 }
keys:
  partner: { plans: [basic, native], value: \"${param:partner}\", overlap: 1h }
  later: { plans: basic }
apis:
  rest:
    protocol: rest
    stage: prod
    api_key_required: true
    limits_path: /me/limits
    routes:
      GET /: { mock: { body: ok } }
      GET /slow: { mock: { body: ok } }
      GET /who: who
      GET /open: { mock: { body: ok }, api_key_required: false }
  native:
    refusals: problem
    routes:
      GET /: { mock: { body: ok }, api_key_required: true }
";

const WHO: &str = "\
import json
def handler(event, context):
    return {'statusCode': 200, 'body': json.dumps(event['requestContext']['identity'])}
";

fn start() -> TestPlatform {
    TestPlatform::start(&[("tidegate.yaml", STACK), ("who/index.py", WHO)])
}

fn get(platform: &TestPlatform, target: &str, key: &str) -> Answer {
    platform.connect().request("GET", target, &[("x-api-key", key)], b"")
}

/// The admin port's answer to a command.
fn command(platform: &TestPlatform, method: &str, target: &str, body: &Value) -> Answer {
    let host = platform.admin.strip_prefix("http://").expect("cleartext");
    let mut connection = Connection::open(&platform.admin);
    let body = body.to_string();
    let length = body.len();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    connection.send(head.as_bytes());
    connection.answer(method).expect("an answer")
}

fn create(platform: &TestPlatform, name: &str, plan: &str) -> (Value, String) {
    let made = command(platform, "POST", "/keys", &json!({ "name": name, "plans": [plan] }));
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    (made["key"].clone(), made["value"].as_str().expect("a value").to_owned())
}

/// What was admitted for a key under a plan.
fn admitted(platform: &TestPlatform, key: &str) -> u64 {
    let usage = platform.admin("GET", &format!("/usage?key={key}")).json();
    let rows = usage["usage"].as_array().expect("rows");
    rows.iter().map(|row| row["admitted"].as_u64().expect("a count")).sum()
}

fn assert_refused(answer: &Answer, status: u16, message: &str, kind: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.json(), json!({ "message": message }));
    assert_eq!(answer.header("x-amzn-errortype"), Some(kind));
}

#[test]
fn rest_apis_let_in_by_key_and_answer_as_aws_does() {
    let platform = start();
    assert_refused(&platform.get("/prod/"), 403, "Forbidden", "ForbiddenException");
    let unknown = get(&platform, "/prod/", "nobodys-key-0123456789");
    assert_refused(&unknown, 403, "Forbidden", "ForbiddenException");
    assert_eq!(platform.get("/prod/open").status, 200);

    for _ in 0..2 {
        assert_eq!(get(&platform, "/prod/slow", PARTNER).status, 200);
    }
    let throttled = get(&platform, "/prod/slow", PARTNER);
    assert_refused(&throttled, 429, "Too Many Requests", "TooManyRequestsException");
    // A denial took nothing of the quota: three are left.
    for _ in 0..3 {
        assert_eq!(get(&platform, "/prod/", PARTNER).status, 200);
    }
    let exceeded = get(&platform, "/prod/", PARTNER);
    assert_refused(&exceeded, 429, "Limit Exceeded", "LimitExceededException");
    assert_eq!(admitted(&platform, "partner"), 5);

    let mine = get(&platform, "/prod/me/limits", PARTNER);
    assert_eq!(mine.status, 200, "it answers at none left");
    let mine = mine.json();
    assert_eq!(mine["key"]["name"], "partner");
    assert_eq!((&mine["plan"], &mine["usage"]["admitted"]), (&json!("basic"), &json!(5)));
    let quota = &mine["limits"][0];
    assert_eq!((&quota["limit"], &quota["remaining"]), (&json!(5), &json!(0)), "{mine}");
    assert_eq!(platform.get("/prod/me/limits").status, 403);
    assert_eq!(admitted(&platform, "partner"), 5, "asking costs nothing");
}

#[test]
fn native_apis_say_it_in_problem_documents() {
    let platform = start();
    let missing = platform.get("/");
    assert_eq!((missing.status, missing.json()["reason"].clone()), (403, json!("forbidden")));
    for _ in 0..3 {
        assert_eq!(get(&platform, "/", PARTNER).status, 200);
    }
    let denied = get(&platform, "/", PARTNER);
    let problem = denied.json();
    assert_eq!(denied.status, 429);
    assert_eq!((&problem["policy"], &problem["level"]), (&json!("native"), &json!("plan")));
}

#[test]
fn limits_of_plans_are_shown_as_others_are() {
    let platform = start();
    for expected in [200, 200, 429] {
        assert_eq!(get(&platform, "/prod/slow", PARTNER).status, expected);
    }
    let shown = platform.admin("GET", "/limits").json();
    let limits = shown["limits"].as_array().expect("limits").iter();
    let limits = limits.map(|limit| {
        let texts = ["api", "name", "route", "kind"].map(|key| limit[key].as_str().unwrap_or("-"));
        let counts = ["allowed", "near", "denied"].map(|key| limit[key].to_string());
        format!("{} {}", texts.join(" "), counts.join(" "))
    });
    let expected = [
        "usage plan basic basic-quota - quota 2 0 0",
        "usage plan basic basic-rest-get-slow GET /slow rate 2 1 1",
        "usage plan native native - rate 0 0 0",
    ];
    assert_eq!(limits.collect::<Vec<_>>(), expected);
    let admin: &[&str] = &["--admin", &platform.admin];
    let limits = |rest: &[&str]| {
        let all = [&["limits"], rest, admin].concat();
        run(std::path::Path::new("/"), &all).said().out
    };
    let all = limits(&[]);
    assert!(all.contains("usage plan basic/basic-quota"), "{all}");
    let one = limits(&["usage plan native/native"]);
    assert!(one.contains("1/h burst 3  api-key  enforce"), "{one}");
}

/// Which of them counts would depend on who reads them.
#[test]
fn a_request_has_one_key() {
    let platform = start();
    let twice = |target: &str, keys: [&str; 2]| {
        let headers = keys.map(|key| ("x-api-key", key));
        platform.connect().request("GET", target, &headers, b"")
    };
    const NOBODYS: &str = "nobodys-key-0123456789";
    for keys in [[PARTNER, NOBODYS], [NOBODYS, PARTNER], [PARTNER; 2]] {
        for target in ["/prod/", "/prod/me/limits"] {
            assert_refused(&twice(target, keys), 400, "Bad Request", "BadRequestException");
        }
        let problem = twice("/", keys);
        assert_eq!((problem.status, &problem.json()["reason"]), (400, &json!("unidentified")));
        assert_eq!(twice("/prod/open", keys).status, 200, "nobody is asked for one there");
    }
    assert_eq!(admitted(&platform, "partner"), 0);
}

#[test]
fn functions_learn_whose_key_it_is() {
    let platform = start();
    let identity = get(&platform, "/prod/who", PARTNER).json();
    assert_eq!(identity["apiKey"], PARTNER);
    let key = platform.admin("GET", "/keys/partner").json();
    assert_eq!(identity["apiKeyId"], key["id"]);
}

#[test]
fn keys_are_made_rotated_disabled_and_deleted() {
    let platform = start();
    let (key, first) = create(&platform, "friend", "basic");
    assert_eq!(first.len(), 40);
    let listed = platform.admin("GET", "/keys");
    assert!(!listed.text().contains(&first[4..]), "a value is shown once");
    assert_eq!(get(&platform, "/prod/", &first).status, 200);

    let rotate = |overlap: u64| {
        let body = json!({ "overlap_seconds": overlap });
        let made = command(&platform, "POST", "/keys/friend/rotate", &body).json();
        made["value"].as_str().expect("a value").to_owned()
    };
    let second = rotate(3600);
    assert_eq!(get(&platform, "/prod/", &first).status, 200, "both work for an hour");
    assert_eq!(get(&platform, "/prod/", &second).status, 200);
    let third = rotate(0);
    assert_eq!(get(&platform, "/prod/", &second).status, 403, "at once");
    assert_eq!(get(&platform, "/prod/", &third).status, 200);

    command(&platform, "POST", "/keys/friend/disable", &json!({}));
    assert_eq!(get(&platform, "/prod/", &third).status, 403);
    platform.save("tidegate.yaml", &STACK.replace("quota: 5/day", "quota: 6/day"));
    platform.event("reload");
    assert_eq!(get(&platform, "/prod/", &third).status, 403, "a reload does not open it");
    command(&platform, "POST", "/keys/friend/enable", &json!({}));
    assert_eq!(get(&platform, "/prod/", &third).status, 200);

    let id = key["id"].as_str().expect("an id");
    assert_eq!(command(&platform, "DELETE", &format!("/keys/{id}"), &json!({})).status, 200);
    assert_eq!(get(&platform, "/prod/", &third).status, 403);
    assert_eq!(platform.admin("GET", "/keys/friend").status, 404);
    assert_eq!(admitted_of_plan(&platform), 5, "its usage stays");
    let of_id = platform.admin("GET", &format!("/usage?key={id}")).json();
    assert_eq!(of_id["usage"][0]["admitted"], 5, "{of_id}");
    assert_eq!((&of_id["usage"][0]["key"]["name"], &of_id["quotas"]), (&Value::Null, &json!([])));
    let of_name = platform.admin("GET", "/usage?key=friend");
    assert_eq!(of_name.status, 404);
    assert_eq!(
        of_name.json()["detail"],
        "there is no API key `friend`; the usage of one that was deleted is under its id: see `tidegate keys usage`"
    );
}

fn admitted_of_plan(platform: &TestPlatform) -> u64 {
    let usage = platform.admin("GET", "/usage?plan=basic").json();
    let rows = usage["usage"].as_array().expect("rows");
    rows.iter().map(|row| row["admitted"].as_u64().expect("a count")).sum()
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let platform = start();
    let refused = |method: &str, target: &str, body: Value, status: u16, text: &str| {
        let answer = command(&platform, method, target, &body);
        let detail = answer.json()["detail"].as_str().expect("a detail").to_owned();
        assert_eq!((answer.status, &*detail), (status, text));
    };
    let create = |name: &str, more: Value| {
        let mut body = json!({ "name": name, "plans": ["basic"] });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("one").clone());
        body
    };
    refused(
        "POST",
        "/keys",
        create("partner", json!({})),
        409,
        "there is a key `partner` already; choose another name",
    );
    refused(
        "POST",
        "/keys",
        create("x", json!({ "plans": ["gold"] })),
        409,
        "there is no usage plan `gold`; there are `basic`, `native`",
    );
    refused(
        "POST",
        "/keys",
        create("x", json!({ "value": "short" })),
        400,
        "a key's value has at least 20 characters, this one has 5",
    );
    refused(
        "POST",
        "/keys",
        create("x", json!({ "value": PARTNER })),
        409,
        "another key has this value already (part...)",
    );
    refused(
        "POST",
        "/keys",
        create("x", json!({ "colour": "red" })),
        400,
        "the body has keys or values that do not fit, at line 1, column 38",
    );
    refused(
        "POST",
        "/keys/partner/rotate",
        json!({}),
        409,
        "the manifest gives the value of `partner`; change it there, with `overlap` for both to be accepted a while",
    );
    refused(
        "DELETE",
        "/keys/partner",
        json!({}),
        409,
        "the manifest declares `partner`; remove it there, or close it with `tidegate keys disable partner`",
    );
    refused("POST", "/keys/nobody/rotate", json!({}), 404, "there is no API key `nobody`");
    refused(
        "POST",
        "/usage/extend",
        json!({ "key": "partner", "plan": "native", "requests": 1 }),
        409,
        "the usage plan `native` has no quota to extend",
    );
    let misplaced = platform.admin("GET", "/usage?from=tomorrow");
    assert_eq!(misplaced.json()["detail"], "from: not a day such as `2026-11-21`");
}

#[test]
fn extensions_and_resets_keep_what_was_consumed() {
    let platform = start();
    let spend =
        |most: u16| (0..most).filter(|_| get(&platform, "/prod/", PARTNER).status == 200).count();
    assert_eq!(spend(8), 5);
    let extend = json!({ "key": "partner", "plan": "basic", "requests": 2 });
    assert_eq!(command(&platform, "POST", "/usage/extend", &extend).json()["granted"], 2);
    assert_eq!(spend(8), 2);
    let reset = json!({ "key": "partner", "plan": "basic" });
    assert_eq!(command(&platform, "POST", "/usage/reset", &reset).json()["consumed"], 5);
    assert_eq!(spend(8), 5);
    assert_eq!(admitted(&platform, "partner"), 12);
    let key = platform.admin("GET", "/keys/partner").json();
    let told: Vec<_> = key["audit"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| {
            (line["action"].as_str().expect("text"), line["detail"].as_str().expect("text"))
        })
        .collect();
    let expected = [
        ("reset usage", "all of `basic`; 5 requests of its quota were consumed"),
        ("extend usage", "2 more requests of `basic`: 5 of 5 were consumed, 2 are left"),
        ("create key", "in `basic`, `native`"),
    ];
    assert_eq!(told, expected);
}

/// The quota of the plan `basic`, as the key `partner` has used it.
fn used(platform: &TestPlatform) -> [u64; 2] {
    let usage = platform.admin("GET", "/usage?key=partner&plan=basic").json();
    ["used", "remaining"].map(|it| usage["quotas"][0][it].as_u64().expect("a count"))
}

#[test]
fn a_quota_that_changes_counts_what_its_period_has_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = |quota: &str| STACK.replace("quota: 5/day", quota);
    let files = |quota: &str| {
        crate::platform::write(
            folder.path(),
            &[("tidegate.yaml", &stack(quota)), ("who/index.py", WHO)],
        );
    };
    files("");
    let platform = TestPlatform::serve_folder(folder.path());
    let spend = |platform: &TestPlatform, most: u16| {
        (0..most).filter(|_| get(platform, "/prod/", PARTNER).status == 200).count()
    };
    let reload = |platform: &TestPlatform, quota: &str| {
        platform.save("tidegate.yaml", &stack(quota));
        platform.event("reload");
    };
    assert_eq!(spend(&platform, 30), 30);
    reload(&platform, "quota: 50/month");
    assert_eq!(used(&platform), [30, 20], "there was none before");
    reload(&platform, "quota: 40/week");
    drop(platform);
    let platform = TestPlatform::serve_folder(folder.path());
    assert_eq!(used(&platform), [30, 10], "a restart changes nothing");

    reload(&platform, "quota: 20/week");
    assert_eq!(spend(&platform, 1), 0);
    let extend = json!({ "key": "partner", "plan": "basic", "requests": 5 });
    assert_eq!(command(&platform, "POST", "/usage/extend", &extend).json()["granted"], 5);
    assert_eq!(spend(&platform, 8), 5, "ten beyond the limit were no part of it");
    let reset = json!({ "key": "partner", "plan": "basic" });
    assert_eq!(command(&platform, "POST", "/usage/reset", &reset).json()["consumed"], 20);
    assert_eq!(spend(&platform, 1), 1);
    drop(platform);
    let platform = TestPlatform::serve_folder(folder.path());
    assert_eq!(used(&platform), [1, 19], "neither the extension nor the reset is taken back");
}

#[test]
fn another_value_in_the_manifest_overlaps_as_declared() {
    let platform = start();
    const OTHER: &str = "partner-key-9876543210";
    assert_eq!(get(&platform, "/prod/", OTHER).status, 403);
    platform.save("tidegate.yaml", &STACK.replace(PARTNER, OTHER));
    platform.event("reload");
    assert_eq!(get(&platform, "/prod/", OTHER).status, 200);
    assert_eq!(get(&platform, "/prod/", PARTNER).status, 200);
    let id = |platform: &TestPlatform| platform.admin("GET", "/keys/partner").json()["id"].clone();
    let before = id(&platform);
    let without = STACK.replace("  later: { plans: basic }\n", "");
    platform.save("tidegate.yaml", &without.replace(PARTNER, OTHER));
    platform.event("reload");
    assert_eq!(platform.admin("GET", "/keys/later").status, 404);
    assert_eq!(id(&platform), before);
}

#[test]
fn usage_is_exact_and_quotas_hold_over_restart_and_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let stack = STACK.replace("quota: 5/day", "quota: 50/month");
    crate::platform::write(folder.path(), &[("tidegate.yaml", &stack), ("who/index.py", WHO)]);
    let platform = TestPlatform::serve_folder(folder.path());
    let (_, value) = create(&platform, "friend", "basic");
    let spend = |platform: &TestPlatform, most: u16| {
        let mut connection = platform.connect();
        let key = [("x-api-key", &*value)];
        (0..most).filter(|_| connection.request("GET", "/prod/", &key, b"").status == 200).count()
    };
    assert_eq!(spend(&platform, 20), 20);
    drop(platform);

    let mut platform = TestPlatform::serve_folder(folder.path());
    assert_eq!(admitted(&platform, "friend"), 20, "a restart loses nothing");
    assert_eq!(spend(&platform, 13), 13);
    // Before anybody has noted it.
    platform.signal(Signal::KILL);
    assert!(!platform.wait().success());

    let platform = TestPlatform::serve_folder(folder.path());
    assert_eq!(admitted(&platform, "friend"), 33);
    assert_eq!(spend(&platform, 30), 17, "the quota is that of the month, not of the process");
    assert_eq!(admitted(&platform, "friend"), 50);
}

#[test]
fn commands_teach_and_work() {
    let platform = start();
    let run = |arguments: &[&str]| platform.tidegate(arguments).said();
    let made = run(&["keys", "create", "friend", "--plan", "basic", "--output", "json"]);
    assert_eq!(made.exit, Some(0), "{}", made.err);
    let made: Value = serde_json::from_str(&made.out).expect("JSON");
    let value = made["value"].as_str().expect("a value");
    assert_eq!(get(&platform, "/prod/", value).status, 200);

    let listed = run(&["keys"]);
    assert!(listed.out.starts_with("NAME"), "{}", listed.out);
    assert!(listed.out.contains("none yet"), "{}", listed.out);
    let usage = run(&["keys", "usage", "friend"]);
    assert!(usage.out.contains("LEFT"), "{}", usage.out);
    let extended = run(&["keys", "extend", "friend", "--plan", "basic", "--by", "9"]);
    let whole = "friend may make 1 more request, which makes its quota whole\n";
    assert_eq!(extended.out, whole);
    let given = platform
        .tidegate(&["keys", "rotate", "later", "--value-file", "-"])
        .input(b"given-value-0123456789\n")
        .said();
    assert_eq!(given.out, "later has the value that you gave\n");
    assert_eq!(get(&platform, "/prod/", "given-value-0123456789").status, 200);

    let unmeant = run(&["keys", "delete", "friend"]);
    assert_eq!(unmeant.exit, Some(2), "{}", unmeant.err);
    assert!(unmeant.err.contains("--yes"), "{}", unmeant.err);
    assert_eq!(run(&["keys", "delete", "friend", "--yes"]).out, "friend is gone\n");
    assert_eq!(run(&["keys", "show", "friend"]).exit, Some(4));
    let help = run(&["keys", "--help"]).out;
    assert!(help.contains("shown when it is made and never again"), "{help}");
}

#[test]
fn values_are_in_no_log_and_no_file() {
    let platform = start();
    let (_, value) = create(&platform, "friend", "basic");
    assert_eq!(get(&platform, "/prod/", &value).status, 200);
    assert_eq!(get(&platform, "/prod/", PARTNER).status, 200);
    let state = platform.path(".tidegate");
    let mut folders = vec![state];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let held = std::fs::read(&path).unwrap_or_default();
            for secret in [value.as_bytes(), PARTNER.as_bytes()] {
                let found = held.windows(secret.len()).any(|window| window == secret);
                assert!(!found, "{} holds a key", path.display());
            }
        }
    }
}
