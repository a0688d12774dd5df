//! Recorded invocations, run again.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::TestPlatform;

const STACK: &str = "\
name: replay
functions:
  echo: { runtime: python3.11, code: echo, handler: index.handler }
apis:
  main: { routes: { POST /orders: echo } }
queues: { jobs: {} }
triggers:
  jobs: { queue: jobs, function: echo }
";

const ECHO: &str = "\
import json
def handler(event, context):
    if event.get('body') == 'bad':
        raise ValueError('bad')
    headers = event.get('headers') or {}
    seen = {'headers': {k: v for k, v in headers.items() if k in ('authorization', 'x-team')}}
    seen['body'] = event.get('body') or event['Records'][0]['body']
    return {'statusCode': 200, 'body': json.dumps(seen)}
";

fn start(arguments: &[&str]) -> TestPlatform {
    TestPlatform::start_with(&[("tidegate.yaml", STACK), ("echo/index.py", ECHO)], arguments)
}

/// Posts an order and gives the request id that its caller sees.
fn post(platform: &TestPlatform, body: &str) -> String {
    let headers =
        [("authorization", "Bearer s3cret"), ("x-team", "blue"), ("content-type", "text/plain")];
    let answer = platform.post("/orders", &headers, body.as_bytes());
    answer.header("apigw-requestid").expect("a request id").to_owned()
}

/// What the function of a replay saw.
fn seen(platform: &TestPlatform, arguments: &[&str]) -> Value {
    let said = platform.tidegate(&[&["replay"], arguments].concat()).said();
    assert_eq!(said.exit, Some(0), "{}", said.err);
    let answer: Value = serde_json::from_str(&said.out).expect("JSON");
    serde_json::from_str(answer["body"].as_str().expect("text")).expect("JSON")
}

#[test]
fn a_request_runs_again_on_the_server_and_here() {
    let platform = start(&["--record"]);
    let id = post(&platform, "first");
    for place in [&[&*id][..], &[&*id, "--local"]] {
        let seen = seen(&platform, place);
        assert_eq!(seen["body"], "first");
        assert_eq!(seen["headers"]["x-team"], "blue");
        assert_eq!(seen["headers"]["authorization"], "[redacted]");
    }
    let said = platform.tidegate(&["replay", &id]).said();
    assert!(said.err.contains("headers.authorization"), "{}", said.err);
    let listed = platform.tidegate(&["replay", "--output", "json"]).said();
    assert!(!listed.out.contains("s3cret"));
    let listed: Value = serde_json::from_str(&listed.out).expect("JSON");
    // The request, and its replays on the server; a run here is none of the server's.
    let invocations = listed["invocations"].as_array().expect("a list");
    assert_eq!(invocations.len(), 3, "{listed}");
    assert_eq!(invocations[2]["apiRequestId"], *id);
    assert_eq!(invocations[2]["ending"], "answered");
}

#[test]
fn secrets_are_recorded_because_the_environment_says_so() {
    let files = [("tidegate.yaml", STACK), ("echo/index.py", ECHO)];
    let variable = ("TIDEGATE_RECORD_SECRETS", "1");
    let platform = TestPlatform::start_with_variable(&files, &["--record"], variable);
    let id = post(&platform, "first");
    assert_eq!(seen(&platform, &[&*id])["headers"]["authorization"], "Bearer s3cret");
}

#[test]
fn a_request_is_changed_before_it_runs_again() {
    let platform = start(&["--record=5", "--record-secrets"]);
    let id = post(&platform, "first");
    let set = ["--set", "headers.x-team=red", "--set", "body=second"];
    let changed = seen(&platform, &[&[&*id], &set[..]].concat());
    assert_eq!(
        (&changed["body"], &changed["headers"]["x-team"]),
        (&"second".into(), &"red".into())
    );
    assert_eq!(changed["headers"]["authorization"], "Bearer s3cret");

    std::fs::write(platform.path("order.txt"), "third").expect("written");
    assert_eq!(seen(&platform, &[&id, "--body", "order.txt"])["body"], "third");

    let editor = platform.path("my editor");
    std::fs::write(&editor, "#!/bin/sh\nsed -i s/first/fourth/ \"$2\"\n").expect("written");
    let all = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&editor, all).expect("a program");
    let quoted = format!("'{}' --wait", editor.display());
    let said = platform.tidegate(&["replay", &id, "--edit"]).variable("VISUAL", &quoted).said();
    assert!(said.out.contains("fourth"), "{} {}", said.out, said.err);

    let printed = platform.tidegate(&["replay", &id, "--set", "body=fifth", "--print"]).said();
    let event: Value = serde_json::from_str(&printed.out).expect("JSON");
    assert_eq!((&event["body"], &event["version"]), (&"fifth".into(), &"2.0".into()));
    let wrong = platform.tidegate(&["replay", &id, "--set", "body.a=1"]).said();
    assert_eq!(wrong.exit, Some(2), "{}", wrong.err);
}

#[test]
fn events_of_queues_and_failures_are_recorded_too() {
    let platform = start(&["--record"]);
    post(&platform, "bad");
    let sent = platform.tidegate(&["queues", "send", "jobs", "job"]).said();
    assert_eq!(sent.exit, Some(0), "{}", sent.err);
    let mut recorded = Vec::new();
    crate::patience::until("the job was recorded", || {
        let said = platform.tidegate(&["replay", "--output", "json"]).said();
        let listed: Value = serde_json::from_str(&said.out).expect("JSON");
        recorded = listed["invocations"].as_array().expect("a list").clone();
        recorded.len() == 2 && recorded.iter().all(|it| !it["ending"].is_null())
    });
    assert_eq!(
        (&recorded[0]["ending"], &recorded[1]["ending"]),
        (&"answered".into(), &"failed".into())
    );
    let id = recorded[0]["requestId"].as_str().expect("an id");
    assert_eq!(seen(&platform, &[id, "--set", "Records.0.body=again"])["body"], "again");
    let failed = platform.tidegate(&["replay", recorded[1]["requestId"].as_str().expect("an id")]);
    assert_eq!(failed.said().exit, Some(3));
}

#[test]
fn a_server_that_records_nothing_says_so() {
    let platform = start(&[]);
    post(&platform, "first");
    let said = platform.tidegate(&["replay"]).said();
    assert_eq!(said.exit, Some(1));
    assert!(said.err.contains("`tidegate up --record`"), "{}", said.err);
    let recording = start(&["--record=1"]);
    let id = post(&recording, "first");
    post(&recording, "second");
    let gone = recording.tidegate(&["replay", &id]).said();
    assert_eq!(gone.exit, Some(4), "{}", gone.err);
}
