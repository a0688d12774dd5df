//! Triggers end to end: messages that run functions, and events that outlive kills.

use std::collections::BTreeSet;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::TestPlatform;
use crate::http::Connection;

const WORK: &str = "\
name: work
functions:
  worker: { runtime: python3.11, code: worker, handler: index.handler, concurrency: 2 }
queues:
  jobs: { visibility: 5s, redrive: { to: failed, after: 1 } }
  failed: {}
triggers:
  work: { queue: jobs, function: worker, partial_failures: true, filters: [{ body: { kind: [order, poison] } }] }
apis: {}
";

const WORKER: &str = "\
import json

def handler(event, context):
    failed = []
    for record in event['Records']:
        body = json.loads(record['body'])
        if body['kind'] == 'poison':
            failed.append({'itemIdentifier': record['messageId']})
    return {'batchItemFailures': failed}
";

const SHOP: &str = "\
name: shop
queues: { orders: {} }
rules:
  all: { pattern: { source: [shop] }, targets: [{ queue: orders }] }
apis: {}
";

/// Calls an action of awsJson; nothing when the server went away meanwhile.
fn call(connection: &mut Connection, action: &str, input: &Value) -> Option<Value> {
    let body = input.to_string();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: aws.localhost\r\nx-amz-target: {action}\r\n\
         content-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    if !connection.try_send(format!("{head}{body}").as_bytes()) {
        return None;
    }
    let answer = connection.answer("POST")?;
    assert_eq!(answer.status, 200, "{action}: {}", answer.text());
    Some(answer.json())
}

fn ask(platform: &TestPlatform, action: &str, input: &Value) -> Value {
    call(&mut Connection::open(&platform.aws), action, input).expect("an answer")
}

fn url(platform: &TestPlatform, queue: &str) -> Value {
    ask(platform, "AmazonSQS.GetQueueUrl", &json!({ "QueueName": queue }))["QueueUrl"].take()
}

/// Waits for messages and deletes them; none when none come any more.
fn taken(platform: &TestPlatform, queue: &str, wait: u32) -> Vec<String> {
    let url = url(platform, queue);
    let receive = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": wait });
    let mut received = ask(platform, "AmazonSQS.ReceiveMessage", &receive);
    let Some(messages) = received["Messages"].as_array_mut() else { return Vec::new() };
    let mut bodies = Vec::new();
    for message in messages {
        let delete = json!({ "QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"] });
        ask(platform, "AmazonSQS.DeleteMessage", &delete);
        bodies.push(message["Body"].as_str().expect("a body").to_owned());
    }
    bodies
}

#[test]
fn messages_run_a_python_function_and_poison_ends_in_the_dead_letters() {
    let files = [("tidegate.yaml", WORK), ("worker/index.py", WORKER)];
    let platform = TestPlatform::start(&files);
    let url = url(&platform, "jobs");
    for (n, kind) in ["order", "dull", "poison", "order"].into_iter().enumerate() {
        let body = json!({ "kind": kind, "n": n }).to_string();
        let send = json!({ "QueueUrl": url, "MessageBody": body });
        ask(&platform, "AmazonSQS.SendMessage", &send);
    }
    assert_eq!(taken(&platform, "failed", 20), [r#"{"kind":"poison","n":2}"#]);
    // The poison's visibility timeout is long over; whatever else failed would be there, too.
    let left = ask(
        &platform,
        "AmazonSQS.GetQueueAttributes",
        &json!({ "QueueUrl": url, "AttributeNames": ["All"] }),
    );
    assert_eq!(left["Attributes"]["ApproximateNumberOfMessages"], "0");
    assert_eq!(left["Attributes"]["ApproximateNumberOfMessagesNotVisible"], "0");
    // What the filter dropped is no message of a batch.
    assert_eq!(metric(&platform, "tidegate_mapping_messages_total"), 3);
    assert_eq!(metric(&platform, "tidegate_mapping_failures_total"), 1);
    assert_eq!(metric(&platform, "tidegate_mapping_throttles_total"), 0);
    assert_eq!(metric(&platform, "tidegate_mapping_in_flight"), 0);
    assert!((1..=3).contains(&metric(&platform, "tidegate_mapping_batches_total")));
}

/// What all lines of one metric amount to.
fn metric(platform: &TestPlatform, name: &str) -> u64 {
    let metrics = platform.admin("GET", "/metrics");
    let values = metrics.text().lines().filter_map(|line| {
        let (key, value) = line.rsplit_once(' ')?;
        (key.split('{').next() == Some(name)).then(|| value.parse::<u64>().expect("a number"))
    });
    values.reduce(|sum, value| sum + value).unwrap_or_else(|| panic!("there is no {name}"))
}

#[test]
fn what_rules_did_is_counted() {
    let platform = TestPlatform::start(&[("tidegate.yaml", SHOP)]);
    let entry = |source: &str| json!({ "Source": source, "DetailType": "order", "Detail": "{}" });
    let entries = json!({ "Entries": [entry("shop"), entry("harbour"), entry("shop")] });
    ask(&platform, "AWSEvents.PutEvents", &entries);
    let mut bodies = 0;
    while bodies < 2 {
        bodies += taken(&platform, "orders", 20).len();
    }
    assert_eq!(metric(&platform, "tidegate_trigger_fired_total"), 2);
    // The queue has an event a little before that is counted.
    while metric(&platform, "tidegate_trigger_taken_total") < 2 {}
    assert_eq!(metric(&platform, "tidegate_trigger_failures_total"), 0);
    assert_eq!(metric(&platform, "tidegate_trigger_dropped_total"), 0);
    assert_eq!(metric(&platform, "tidegate_trigger_lateness_seconds_count"), 2);
}

#[test]
fn acknowledged_events_outlive_kills() {
    let folder = tempfile::tempdir().expect("a folder");
    crate::platform::write(folder.path(), &[("tidegate.yaml", SHOP)]);
    let mut acknowledged = BTreeSet::new();
    for round in 0..3 {
        let mut platform = TestPlatform::serve_folder(folder.path());
        let mut connection = Connection::open(&platform.aws);
        let entry = json!({ "Source": "shop", "DetailType": "order", "Detail": "{}" });
        let entries = json!({ "Entries": vec![entry; 10] });
        let mut answers = 0;
        while let Some(answer) = call(&mut connection, "AWSEvents.PutEvents", &entries) {
            let told = answer["Entries"].as_array().expect("entries");
            let ids = told.iter().map(|told| told["EventId"].as_str().expect("an id").to_owned());
            acknowledged.extend(ids);
            answers += 1;
            // What was acknowledged last is still on its way to the queue.
            if answers == 7 + 5 * round {
                platform.signal(Signal::KILL);
                break;
            }
        }
        assert!(!platform.wait().success());
    }
    let platform = TestPlatform::serve_folder(folder.path());
    let mut delivered = BTreeSet::new();
    while delivered.len() < acknowledged.len() {
        let bodies = taken(&platform, "orders", 20);
        assert!(!bodies.is_empty(), "{} of {}", delivered.len(), acknowledged.len());
        for body in bodies {
            let event: Value = serde_json::from_str(&body).expect("JSON");
            delivered.insert(event["id"].as_str().expect("an id").to_owned());
        }
    }
    assert_eq!(delivered, acknowledged, "an event that comes again has the id it had");
}

const OUTCOMES: &str = "\
name: outcomes
functions:
  job:
    runtime: python3.11
    code: job
    handler: index.handler
    async: { retries: 0, on_success: { bus: default }, on_failure: { bus: default } }
queues: { good: {}, bad: {} }
rules:
  good:
    pattern: { source: [lambda], detail-type: [Lambda Function Invocation Result - Success] }
    targets: { queue: good }
  bad:
    pattern: { detail: { requestContext: { condition: [RetriesExhausted] } } }
    targets: { queue: bad }
  noon: { cron: 0 12 * * ? *, targets: { queue: good } }
apis: {}
";

const JOB: &str = "def handler(event, context):\n    return 1 / event['by']\n";

#[test]
fn rules_match_the_outcomes_of_asynchronous_invocations() {
    let platform = TestPlatform::start(&[("tidegate.yaml", OUTCOMES), ("job/index.py", JOB)]);
    for by in [2, 0] {
        let mut connection = Connection::open(&platform.aws);
        let headers = [("x-amz-invocation-type", "Event")];
        let target = "/2015-03-31/functions/job/invocations";
        let answer = connection.request(
            "POST",
            target,
            &headers,
            json!({ "by": by }).to_string().as_bytes(),
        );
        assert_eq!(answer.status, 202);
    }
    let told = |queue: &str| -> Value {
        let bodies = taken(&platform, queue, 20);
        serde_json::from_str(bodies.first().expect("an event")).expect("JSON")
    };
    let good = told("good");
    let function = "arn:aws:lambda:us-east-1:000000000000:function:job:$LATEST";
    let bus = "arn:aws:events:us-east-1:000000000000:event-bus/default";
    assert_eq!(good["resources"], json!([bus, function]));
    assert_eq!((&good["source"], &good["region"]), (&json!("lambda"), &json!("us-east-1")));
    assert_eq!(good["detail"]["requestPayload"], json!({ "by": 2 }));
    assert_eq!(good["detail"]["responsePayload"], json!(0.5));
    let bad = told("bad");
    assert_eq!(bad["detail-type"], "Lambda Function Invocation Result - Failure");
    assert_eq!(bad["detail"]["responsePayload"]["errorType"], "ZeroDivisionError");
}

#[test]
fn rules_by_the_clock_are_shown_and_run() {
    let platform = TestPlatform::start(&[("tidegate.yaml", OUTCOMES), ("job/index.py", JOB)]);
    let all = platform.admin("GET", "/schedules").json();
    let shown = &all["schedules"][0];
    assert_eq!(all["schedules"].as_array().map(Vec::len), Some(1), "{all}");
    assert_eq!((&shown["name"], &shown["kind"]), (&json!("noon"), &json!("rule")));
    assert_eq!(shown["next"].as_array().map(Vec::len), Some(5), "{shown}");
    let run = platform.admin("POST", "/schedules/noon/run");
    assert_eq!(run.json(), json!({ "targets": ["queue good"] }));
    let event: Value = serde_json::from_str(&taken(&platform, "good", 20)[0]).expect("JSON");
    assert_eq!(event["resources"], json!(["arn:aws:events:us-east-1:000000000000:rule/noon"]));
    for (name, why) in [("good", "no schedule and no rule"), ("other", "no schedule and no rule")] {
        let refused = platform.admin("POST", &format!("/schedules/{name}/run"));
        assert_eq!(refused.status, 404);
        assert!(refused.text().contains(why), "{}", refused.text());
    }
}
