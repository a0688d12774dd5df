//! Mappings between real queues and a function that tests write.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use messaging::{Outgoing, Queues};
use model::invoke::{FunctionErrorKind, InvokeFuture, Outcome};
use model::{
    Account, Arn, Bound, Clock, EventSourceMapping, FunctionError, Invocation, Invoke,
    InvokeRefusal, ManualClock, Queue, QueueName, Redrive, Reply, Resource, Snapshot, SystemClock,
    Timestamp,
};
use serde_json::{Value, json};
use store::{Memory, MessageStore};
use tokio::sync::mpsc;

use super::{EventSources, SourcePorts};

type Answer = dyn Fn(&Value) -> Result<Outcome, InvokeRefusal> + Send + Sync;

/// A function that answers what the test says, and tells the test what it got.
struct Function {
    got: mpsc::Sender<Value>,
    answer: Box<Answer>,
    /// Lets invocations end, when the test holds them.
    gate: tokio::sync::Semaphore,
    running: Mutex<(usize, usize)>,
}

impl Invoke for Function {
    fn invoke(&self, invocation: Invocation) -> InvokeFuture<'_> {
        let event: Value = serde_json::from_slice(&invocation.event).expect("JSON");
        Box::pin(async move {
            {
                let mut running = self.running.lock().expect("no panic");
                running.0 += 1;
                running.1 = running.1.max(running.0);
            }
            let answer = (self.answer)(&event);
            if answer.is_ok() {
                self.got.try_send(event).expect("a test that reads");
                self.gate.acquire().await.expect("open").forget();
            }
            self.running.lock().expect("no panic").0 -= 1;
            let version = model::FunctionVersion::Latest;
            answer.map(|outcome| Reply { outcome, version, log_tail: None })
        })
    }
}

struct Ground {
    queues: Arc<Queues>,
    function: Arc<Function>,
    sources: EventSources,
    got: mpsc::Receiver<Value>,
}

fn name(text: &str) -> QueueName {
    QueueName::parse(text).expect("a name")
}

fn arn(queue: &str) -> Arn {
    Account::default().arn("sqs", queue)
}

fn mapping(queue: &str) -> EventSourceMapping {
    let function = Account::default().arn("lambda", "function:work");
    EventSourceMapping::new("m-1", arn(queue), function)
}

fn succeed() -> Result<Outcome, InvokeRefusal> {
    Ok(Outcome::Payload(Bytes::from_static(b"null")))
}

fn fail() -> Result<Outcome, InvokeRefusal> {
    let kind = FunctionErrorKind::Handled;
    Ok(Outcome::Error(FunctionError { kind, payload: Bytes::from_static(b"{}") }))
}

impl Ground {
    /// Queues `dead` and this one, whose messages go there after two receives.
    async fn with(
        queue: Queue,
        answer: impl Fn(&Value) -> Result<Outcome, InvokeRefusal> + Send + Sync + 'static,
    ) -> Self {
        Self::by(Arc::new(SystemClock::start()), queue, answer).await
    }

    async fn by(
        clock: Arc<dyn Clock>,
        mut queue: Queue,
        answer: impl Fn(&Value) -> Result<Outcome, InvokeRefusal> + Send + Sync + 'static,
    ) -> Self {
        let store: Arc<dyn MessageStore> = Arc::new(Memory::default());
        let queues = Arc::new(Queues::new(store, Arc::clone(&clock), Account::default(), 7));
        let dead = if queue.name.is_fifo() { "dead.fifo" } else { "dead" };
        queue.redrive = Some(Redrive { to: arn(dead), after: 2 });
        queues.install(vec![queue, Queue::new(name(dead))]).await.expect("installed");
        let (sender, got) = mpsc::channel(1_000);
        let function = Arc::new(Function {
            got: sender,
            answer: Box::new(answer),
            gate: tokio::sync::Semaphore::new(1_000_000),
            running: Mutex::default(),
        });
        let invoke = Arc::clone(&function) as Arc<dyn Invoke>;
        let ports = SourcePorts { queues: Arc::clone(&queues), invoke, clock };
        Self { queues, function, sources: EventSources::new(ports), got }
    }

    async fn map(&self, mappings: Vec<EventSourceMapping>) {
        let snapshot: Snapshot = mappings.into_iter().map(Resource::from).collect();
        self.sources.install(&snapshot).await;
    }

    async fn send(&self, queue: &str, body: &str) {
        self.queues.send(&name(queue), message(body)).await.expect("sent");
    }

    async fn next(&mut self) -> Vec<String> {
        bodies(&self.got.recv().await.expect("a function that lives"))
    }

    /// Waits until the queue holds so many messages, visible or not.
    async fn until_left(&self, queue: &str, left: u64) {
        loop {
            let counts = self.queues.counts(&name(queue)).await.expect("counts");
            if counts.visible + counts.in_flight + counts.delayed == left {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
}

fn message(body: &str) -> Outgoing {
    Outgoing { body: body.to_owned(), ..Outgoing::default() }
}

fn bodies(event: &Value) -> Vec<String> {
    let records = event["Records"].as_array().expect("records");
    records.iter().map(|record| record["body"].as_str().expect("a body").to_owned()).collect()
}

fn jobs() -> Queue {
    let mut queue = Queue::new(name("jobs"));
    queue.visibility = Duration::from_millis(100);
    queue
}

#[tokio::test]
async fn a_message_runs_the_function_and_is_deleted() {
    let mut ground = Ground::with(jobs(), |_| succeed()).await;
    ground.map(vec![mapping("jobs")]).await;
    ground.send("jobs", "hello").await;
    let event = ground.got.recv().await.expect("an event");
    let record = &event["Records"][0];
    assert_eq!(record["body"], "hello");
    assert_eq!(record["md5OfBody"], "5d41402abc4b2a76b9719d911017c592");
    assert_eq!(record["eventSource"], "aws:sqs");
    assert_eq!(record["eventSourceARN"], "arn:aws:sqs:us-east-1:000000000000:jobs");
    assert_eq!(record["awsRegion"], "us-east-1");
    assert_eq!(record["messageAttributes"], json!({}));
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(record["attributes"]["SenderId"], "000000000000");
    assert!(record["attributes"]["SentTimestamp"].is_string());
    ground.until_left("jobs", 0).await;
}

#[tokio::test]
async fn attributes_arrive_as_lambda_has_them() {
    let mut ground = Ground::with(jobs(), |_| succeed()).await;
    ground.map(vec![mapping("jobs")]).await;
    let text = |data_type: &str, text: &str| model::AttributeValue {
        data_type: data_type.to_owned(),
        value: model::AttributeData::Text(text.to_owned()),
    };
    let binary = model::AttributeData::Binary(vec![1, 2, 255]);
    let binary = model::AttributeValue { data_type: "Binary".to_owned(), value: binary };
    let attributes = vec![("n".to_owned(), text("Number", "7")), ("b".to_owned(), binary)];
    let outgoing = Outgoing { attributes, ..message("x") };
    ground.queues.send(&name("jobs"), outgoing).await.expect("sent");
    let event = ground.got.recv().await.expect("an event");
    let record = &event["Records"][0];
    assert_eq!(
        record["messageAttributes"],
        json!({
            "b": {"binaryValue": "AQL/", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"},
            "n": {"stringValue": "7", "stringListValues": [], "binaryListValues": [], "dataType": "Number"},
        })
    );
    assert!(record["md5OfMessageAttributes"].is_string());
}

#[tokio::test]
async fn a_message_that_fails_ends_in_the_dead_letter_queue() {
    let ground = Ground::with(jobs(), |_| fail()).await;
    ground.map(vec![mapping("jobs")]).await;
    ground.send("jobs", "poison").await;
    ground.until_left("dead", 1).await;
    ground.until_left("jobs", 0).await;
}

#[tokio::test]
async fn reported_failures_come_again_and_the_others_do_not() {
    let ground = Ground::with(jobs(), |event| {
        let bad = event["Records"].as_array().expect("records").iter();
        let bad = bad.filter(|record| record["body"] == "bad");
        let failures: Vec<Value> =
            bad.map(|record| json!({"itemIdentifier": record["messageId"]})).collect();
        let answer = json!({ "batchItemFailures": failures }).to_string();
        Ok(Outcome::Payload(answer.into()))
    })
    .await;
    for body in ["good", "bad", "fine"] {
        ground.send("jobs", body).await;
    }
    let mut reporting = mapping("jobs");
    reporting.reports_failures = true;
    ground.map(vec![reporting]).await;
    ground.until_left("dead", 1).await;
    ground.until_left("jobs", 0).await;
}

#[tokio::test]
async fn a_window_makes_full_batches() {
    let clock = Arc::new(ManualClock::at(Timestamp(1_800_000_000_000)));
    let mut ground = Ground::by(clock.clone(), jobs(), |_| succeed()).await;
    for number in 0..25 {
        ground.send("jobs", &number.to_string()).await;
    }
    let mut batched = mapping("jobs");
    batched.batch = 20;
    batched.window = Duration::from_millis(50);
    ground.map(vec![batched]).await;
    assert_eq!(ground.next().await.len(), 20, "a full batch does not wait");
    // The rest is received, and waits for the window to close.
    loop {
        let counts = ground.queues.counts(&name("jobs")).await.expect("counts");
        if counts.visible == 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert!(ground.got.try_recv().is_err());
    clock.advance(Duration::from_millis(50));
    assert_eq!(ground.next().await.len(), 5);
    ground.until_left("jobs", 0).await;
}

#[tokio::test]
async fn what_a_filter_does_not_take_is_deleted_unseen() {
    let mut ground = Ground::with(jobs(), |_| succeed()).await;
    for body in ["{\"n\":1}", "text", "{\"n\":2}"] {
        ground.send("jobs", body).await;
    }
    let mut filtered = mapping("jobs");
    filtered.filters = vec![r#"{"body":{"n":[2]}}"#.to_owned()];
    ground.map(vec![filtered]).await;
    assert_eq!(ground.next().await, ["{\"n\":2}"]);
    ground.until_left("jobs", 0).await;
    assert!(ground.got.try_recv().is_err());
}

#[tokio::test]
async fn there_are_never_more_invocations_than_declared() {
    let mut queue = jobs();
    queue.visibility = Duration::from_secs(30);
    let mut ground = Ground::with(queue, |_| succeed()).await;
    ground.function.gate.forget_permits(1_000_000);
    for number in 0..60 {
        ground.send("jobs", &number.to_string()).await;
    }
    let mut narrow = mapping("jobs");
    narrow.batch = 1;
    narrow.most_concurrent = Some(2);
    ground.map(vec![narrow]).await;
    ground.next().await;
    ground.next().await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(ground.got.try_recv().is_err(), "a third at a time");
    ground.function.gate.add_permits(1_000);
    ground.until_left("jobs", 0).await;
    let (_, most) = *ground.function.running.lock().expect("no panic");
    assert_eq!(most, 2);
}

#[tokio::test]
async fn a_throttled_batch_waits_without_being_received_again() {
    let clock = Arc::new(ManualClock::at(Timestamp(1_800_000_000_000)));
    let moved = Arc::clone(&clock);
    let refusals = Mutex::new(8);
    let mut queue = jobs();
    queue.visibility = Duration::from_secs(250);
    let mut ground = Ground::by(clock, queue, move |_| {
        let mut left = refusals.lock().expect("no panic");
        if *left == 0 {
            return succeed();
        }
        *left -= 1;
        // All attempts together take three times as long as a message stays hidden.
        moved.advance(Duration::from_secs(100));
        let function = model::FunctionName::parse("work").expect("a name");
        let retry_after = Duration::from_millis(1);
        Err(InvokeRefusal::Throttled { function, bound: Bound::Function, limit: 1, retry_after })
    })
    .await;
    ground.map(vec![mapping("jobs")]).await;
    ground.send("jobs", "patient").await;
    let event = ground.got.recv().await.expect("an event");
    assert_eq!(event["Records"][0]["attributes"]["ApproximateReceiveCount"], "1");
    ground.until_left("jobs", 0).await;
    ground.until_left("dead", 0).await;
}

#[tokio::test]
async fn a_fifo_queues_groups_stay_in_order_through_failures() {
    let failed = Mutex::new(BTreeMap::<String, u32>::new());
    let mut queue = Queue::new(name("jobs.fifo"));
    queue.visibility = Duration::from_millis(60);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let order = Arc::clone(&seen);
    let ground = Ground::with(queue, move |event| {
        // The third message of a group fails once.
        for body in bodies(event) {
            let times = *failed.lock().expect("no panic").entry(body.clone()).or_default();
            if body.ends_with('2') && times == 0 {
                failed.lock().expect("no panic").insert(body, 1);
                return fail();
            }
        }
        order.lock().expect("no panic").extend(bodies(event));
        succeed()
    })
    .await;
    for number in 0..5 {
        for group in ["a", "b"] {
            let body = format!("{group}{number}");
            let outgoing = Outgoing {
                group: Some(group.to_owned()),
                deduplication: Some(body.clone()),
                ..message(&body)
            };
            ground.queues.send(&name("jobs.fifo"), outgoing).await.expect("sent");
        }
    }
    let mut single = mapping("jobs.fifo");
    single.batch = 2;
    ground.map(vec![single]).await;
    ground.until_left("jobs.fifo", 0).await;
    let seen = seen.lock().expect("no panic").clone();
    for group in ["a", "b"] {
        let of_group: Vec<_> = seen.iter().filter(|body| body.starts_with(group)).collect();
        let expected: Vec<String> = (0..5).map(|number| format!("{group}{number}")).collect();
        assert_eq!(of_group, expected.iter().collect::<Vec<_>>(), "{seen:?}");
    }
}

#[tokio::test]
async fn a_disabled_mapping_takes_nothing_and_a_stopped_one_ends_its_batch() {
    let mut ground = Ground::with(jobs(), |_| succeed()).await;
    let mut off = mapping("jobs");
    off.enabled = false;
    ground.map(vec![off]).await;
    ground.send("jobs", "first").await;
    assert_eq!(ground.queues.counts(&name("jobs")).await.expect("counts").visible, 1);
    ground.function.gate.forget_permits(1_000_000);
    ground.map(vec![mapping("jobs")]).await;
    assert_eq!(ground.next().await, ["first"]);
    let function = Arc::clone(&ground.function);
    let release = async {
        tokio::task::yield_now().await;
        function.gate.add_permits(1);
    };
    tokio::join!(ground.sources.stop(), release);
    ground.until_left("jobs", 0).await;
    ground.send("jobs", "second").await;
    assert_eq!(ground.queues.counts(&name("jobs")).await.expect("counts").visible, 1);
}
