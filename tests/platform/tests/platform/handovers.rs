//! Queues of a manifest on a running server: routes that hand messages over, what a kill leaves, what
//! AWS calls change, and what operators do.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::TestPlatform;
use crate::http::{Answer, Connection};

const STACK: &str = "\
name: work
functions:
  note: { runtime: python3.11, code: note, handler: index.handler, data: true }
queues:
  jobs: { visibility: 10s, max_size: 1KB, redrive: { to: dead, after: 3 } }
  dead: {}
apis:
  public:
    routes:
      POST /jobs: { queue: jobs, attributes: { by: \"{header.x-user}\" } }
      POST /later: { function: note, invoke: async }
";

const NOTE: &str = "\
import os
def handler(event, context):
    path = os.environ['TIDEGATE_DATA'] + '/note'
    with open(path + '.new', 'w') as note:
        note.write(event['routeKey'] + ' ' + event['body'])
    os.rename(path + '.new', path)
";

fn start() -> TestPlatform {
    TestPlatform::start(&[("tidegate.yaml", STACK), ("note/index.py", NOTE)])
}

fn queue(platform: &TestPlatform, name: &str) -> Value {
    platform.admin("GET", &format!("/queues/{name}")).json()
}

fn bodies(platform: &TestPlatform, name: &str) -> Vec<String> {
    let answer = platform.admin("GET", &format!("/queues/{name}/messages?most=100")).json();
    let messages = answer["messages"].as_array().expect("messages").iter();
    messages.map(|message| message["body"].as_str().expect("a body").to_owned()).collect()
}

/// An SQS action as AWS's clients call it, in their JSON protocol.
fn sqs(platform: &TestPlatform, action: &str, input: &Value) -> Answer {
    let target = format!("AmazonSQS.{action}");
    let headers = [("x-amz-target", &*target), ("content-type", "application/x-amz-json-1.0")];
    Connection::open(&platform.aws).request("POST", "/", &headers, input.to_string().as_bytes())
}

#[test]
fn an_acknowledged_message_survives_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    crate::platform::write(folder.path(), &[("tidegate.yaml", STACK), ("note/index.py", NOTE)]);
    let mut platform = TestPlatform::serve_folder(folder.path());
    let answer = platform.post("/jobs", &[("x-user", "ann")], b"one");
    assert_eq!((answer.status, answer.header("content-type")), (202, Some("application/json")));
    let id = answer.json()["messageId"].as_str().expect("an id").to_owned();
    assert_eq!(id.len(), 36);
    platform.signal(Signal::KILL);
    assert!(!platform.wait().success());
    let platform = TestPlatform::serve_folder(folder.path());
    assert_eq!(bodies(&platform, "jobs"), ["one"]);
    let received = sqs(
        &platform,
        "ReceiveMessage",
        &json!({
            "QueueUrl": format!("{}/000000000000/jobs", platform.aws),
            "MessageAttributeNames": ["All"],
        }),
    );
    let message = &received.json()["Messages"][0];
    assert_eq!((&message["MessageId"], &message["Body"]), (&json!(id), &json!("one")));
    assert_eq!(message["MessageAttributes"]["by"]["StringValue"], "ann");
    assert_eq!(queue(&platform, "jobs")["in_flight"], 1);
}

#[test]
fn what_no_queue_takes_is_refused_before_it_is_stored() {
    let platform = start();
    assert_eq!(platform.post("/jobs", &[], b"").status, 400);
    assert_eq!(platform.post("/jobs", &[], &[0xff]).status, 400);
    assert_eq!(platform.post("/jobs", &[], &[b'x'; 1_024]).status, 202);
    assert_eq!(platform.post("/jobs", &[], &[b'x'; 1_025]).status, 413);
    let with_attribute = platform.post("/jobs", &[("x-user", "ann")], &[b'x'; 1_024]);
    assert_eq!(with_attribute.status, 413, "attributes count");
    assert_eq!(queue(&platform, "jobs")["visible"], 1);
}

#[test]
fn a_function_runs_later_with_the_event_of_a_client_who_waits() {
    let platform = start();
    assert_eq!(platform.post("/later", &[("content-type", "text/plain")], b"hello").status, 202);
    let note = platform.path(".tidegate/data/note");
    crate::patience::until("the function has run", || note.exists());
    assert_eq!(std::fs::read_to_string(note).expect("a note"), "POST /later hello");
}

#[test]
fn what_an_api_changes_is_drift_and_the_next_apply_sets_it_back() {
    let platform = start();
    let url = |name: &str| format!("{}/000000000000/{name}", platform.aws);
    let attributes =
        json!({ "QueueUrl": url("jobs"), "Attributes": { "VisibilityTimeout": "45" } });
    assert_eq!(sqs(&platform, "SetQueueAttributes", &attributes).status, 200);
    let made = sqs(&platform, "CreateQueue", &json!({ "QueueName": "made" }));
    assert_eq!(made.status, 200, "{}", made.text());

    let checked = platform.tidegate(&["check"]).said();
    let expected = "~ queue jobs (changed through an API)\n    visibility: 45s -> 10s\n";
    assert!(checked.out.ends_with(expected), "{}", checked.out);

    let reloaded = platform.admin("POST", "/reload").json();
    assert_eq!(reloaded["changes"]["drifted"], json!([{ "kind": "queue", "name": "jobs" }]));
    let asked = json!({ "QueueUrl": url("jobs"), "AttributeNames": ["VisibilityTimeout"] });
    let told = sqs(&platform, "GetQueueAttributes", &asked).json();
    assert_eq!(told["Attributes"]["VisibilityTimeout"], "10");
    assert_eq!(queue(&platform, "made")["origin"], "operator", "nobody declared it");
    let audit = platform.tidegate(&["audit", "queue jobs"]).said().out;
    assert!(audit.contains("manifest  change queue"), "{audit}");
    assert!(audit.contains("aws       change queue"), "{audit}");
}

#[test]
fn a_queue_with_messages_outlives_its_declaration() {
    let platform = start();
    assert_eq!(platform.post("/jobs", &[], b"one").status, 202);
    let without = "name: work\napis: { public: { routes: { GET /: { mock: {} } } } }\n";
    platform.save("tidegate.yaml", without);
    let note = platform.event("note");
    let text = "queue jobs: is no longer declared, and kept since it is not empty";
    assert_eq!(note["note"], text);
    platform.event("reload");
    assert_eq!(queue(&platform, "jobs")["origin"], "operator");
    assert_eq!(platform.admin("GET", "/queues/dead").status, 404, "it was empty");
    platform.save("tidegate.yaml", STACK);
    platform.event("reload");
    assert_eq!(queue(&platform, "jobs")["origin"], "manifest");
    assert_eq!(bodies(&platform, "jobs"), ["one"]);
}

#[test]
fn a_queue_that_left_while_the_server_was_down_keeps_its_messages() {
    let folder = tempfile::tempdir().expect("a folder");
    crate::platform::write(folder.path(), &[("tidegate.yaml", STACK), ("note/index.py", NOTE)]);
    let platform = TestPlatform::serve_folder(folder.path());
    assert_eq!(platform.post("/jobs", &[], b"one").status, 202);
    drop(platform);
    let without = "name: work\napis: { public: { routes: { GET /: { mock: {} } } } }\n";
    crate::platform::write(folder.path(), &[("tidegate.yaml", without)]);
    let platform = TestPlatform::serve_folder(folder.path());
    assert_eq!(bodies(&platform, "jobs"), ["one"]);
    assert_eq!(queue(&platform, "jobs")["origin"], "operator");
}

#[test]
fn operators_send_look_purge_and_redrive() {
    let platform = start();
    let said = |arguments: &[&str]| platform.tidegate(arguments).said();
    let sent = said(&["queues", "send", "dead", "one", "--attribute", "a=b"]);
    assert_eq!((sent.exit, sent.out.trim().len()), (Some(0), 36), "{sent:?}");
    let moved = said(&["queues", "redrive", "dead", "--to", "jobs"]);
    assert_eq!(moved.out, "moved 1 message from dead to jobs\n", "{moved:?}");
    assert_eq!(bodies(&platform, "jobs"), ["one"]);
    let unsure = said(&["queues", "purge", "jobs"]).snapshot(&[]);
    let expected = "exit 2\n-- stdout\n-- stderr\nerror: jobs would lose 1 message\n  \
                    help: say that it is meant: --yes\n";
    assert_eq!(unsure, expected);
    let purged = said(&["queues", "purge", "jobs", "--yes"]);
    assert_eq!(purged.out, "jobs is empty; 1 message is gone\n");
    let audit = said(&["audit", "queue jobs"]).out;
    assert!(audit.contains("purge queue") && audit.contains(" 1 message\n"), "{audit}");
    let table = said(&["queues"]).out;
    let expected = "\
QUEUE  VISIBLE  IN FLIGHT  DELAYED  OLDEST  DEAD       FROM
dead   0        0          0        -       -          manifest
jobs   0        0          0        -       0 in dead  manifest
";
    assert_eq!(table, expected);
    let missing = said(&["queues", "peek", "jbos"]);
    assert_eq!((missing.exit, &*missing.err), (Some(4), "error: queue `jbos` does not exist\n"));
}
