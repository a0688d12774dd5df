//! Asynchronous invocations: retries by the clock, records of what came of them, restarts.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use functions::Arrangement;
use functions::asynchronous::{AcceptError, Asynchronous, MAX_EVENT, Policies};
use model::deliver::DeliverFuture;
use model::{
    Account, Deliver, DeliverError, Delivered, Delivery, EventInvokeConfig, Function,
    InvokeRefusal, ManualClock, Qualifier, Target, Timestamp,
};
use serde_json::{Value, json};
use store::{Due, InvocationStore, Memory};
use tokio::sync::mpsc;

use crate::platform::{TestPlatform, event, function, name};

/// Says what it was given, or fails if told so; `wait` names a file to wait for.
const CODE: &str = r#"
import os, time
def handler(event, context):
    if "wait" in event:
        open(event["wait"] + ".began", "a").write("x")
        while not os.path.exists(event["wait"]): time.sleep(0.002)
    if "fail" in event: raise ValueError(event["fail"])
    return {"got": event}
"#;

/// Takes everything, unless told that it cannot.
struct Recorder {
    taken: mpsc::Sender<(Target, Value)>,
    refusals: std::sync::Mutex<Vec<DeliverError>>,
}

impl Deliver for Recorder {
    fn deliver(&self, delivery: Delivery) -> DeliverFuture<'_> {
        let refusal = self.refusals.lock().expect("no panic").pop();
        let body = serde_json::from_slice(&delivery.payload).expect("JSON");
        self.taken.try_send((delivery.target, body)).expect("a test that listens");
        Box::pin(async move { refusal.map_or(Ok(Delivered { id: "1".to_owned() }), Err) })
    }
}

struct Bed {
    platform: TestPlatform,
    clock: Arc<ManualClock>,
    store: Arc<Memory>,
    recorder: Arc<Recorder>,
    taken: mpsc::Receiver<(Target, Value)>,
    asynchronous: Arc<Asynchronous>,
}

const START: Timestamp = Timestamp(1_700_000_000_000);

impl Bed {
    async fn new(adjust: impl Fn(&mut Function)) -> Self {
        let clock = Arc::new(ManualClock::at(START));
        let platform = TestPlatform::with(|settings| settings.clock = clock.clone());
        let code = platform.code(&[("index.py", CODE)]);
        let functions = ["f", "g"].map(|name_of| {
            let mut function = Function { name: name(name_of), ..function("python3.11", &code) };
            adjust(&mut function);
            function
        });
        platform.install(&functions).await;
        let store = Arc::new(Memory::default());
        let (sender, taken) = mpsc::channel(1024);
        let recorder = Arc::new(Recorder { taken: sender, refusals: std::sync::Mutex::default() });
        let asynchronous =
            Asynchronous::new(platform.functions.clone(), store.clone(), recorder.clone());
        Self { platform, clock, store, recorder, taken, asynchronous }
    }

    /// Both outcomes go to queues, and what is given up to a third.
    fn record(&self, retries: Option<u8>) {
        let account = Account::default();
        let mut policies = Policies::default();
        for function in ["f", "g"].map(name) {
            let config = EventInvokeConfig {
                retries,
                on_success: Some(account.arn("sqs", "good")),
                on_failure: Some(account.arn("sqs", "bad")),
                ..EventInvokeConfig::new(function.clone(), Qualifier::LATEST)
            };
            policies.configs.insert((function.clone(), Qualifier::LATEST), config);
            policies.dead_letters.insert(function, account.arn("sqs", "dead"));
        }
        self.asynchronous.set_policies(policies);
    }

    async fn accept(&self, function: &str, payload: &Value) {
        let accepted = self.asynchronous.accept(event(function, &payload.to_string()));
        accepted.await.expect("accepted");
    }

    async fn taken(&mut self) -> (String, Value) {
        match self.taken.recv().await.expect("a delivery") {
            (Target::Queue { name, .. }, body) => (name.to_string(), body),
            other => panic!("{other:?}"),
        }
    }

    async fn due(&self) -> Due {
        let due = self.store.due_invocations(name("f"), Timestamp(0), Default::default(), 1);
        due.await.expect("read")
    }

    /// Completes when the next attempt is noted, and gives when it is due again.
    async fn postponed(&self, since: Timestamp) -> Duration {
        loop {
            match self.due().await.next {
                Some(due) if due > since => return due.since(START),
                _ => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        }
    }

    fn advance(&self, seconds: u64) -> Timestamp {
        use model::Clock;
        self.clock.advance(Duration::from_secs(seconds));
        self.asynchronous.look();
        self.clock.timestamp()
    }

    fn gate(&self, file: &str) -> String {
        self.platform.folder.path().join(file).display().to_string()
    }

    async fn began(&self, gate: &str, times: usize) {
        while std::fs::read(format!("{gate}.began")).map_or(0, |marks| marks.len()) < times {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn waiting(&self) -> u64 {
        let backlogs = self.asynchronous.backlogs().await.expect("read");
        backlogs.iter().map(|backlog| backlog.count).sum()
    }

    async fn settled(&self) {
        while self.waiting().await > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[tokio::test]
async fn an_accepted_event_is_run_and_its_answer_handed_on() {
    let mut bed = Bed::new(|_| {}).await;
    bed.record(None);
    bed.accept("f", &json!({"a": [1, 2]})).await;
    let (queue, record) = bed.taken().await;
    assert_eq!(queue, "good");
    assert_eq!(record["requestContext"]["condition"], "Success");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 1);
    assert_eq!(record["requestPayload"], json!({"a": [1, 2]}));
    assert_eq!(record["responseContext"], json!({"statusCode": 200, "executedVersion": "$LATEST"}));
    assert_eq!(record["responsePayload"], json!({"got": {"a": [1, 2]}}));
    bed.settled().await;
}

#[tokio::test]
async fn a_failing_function_is_run_three_times_and_then_given_up() {
    let mut bed = Bed::new(|_| {}).await;
    bed.record(None);
    bed.accept("f", &json!({"fail": "no"})).await;
    assert_eq!(bed.postponed(START).await, Duration::from_secs(60));
    let since = bed.advance(60);
    assert_eq!(bed.postponed(since).await, Duration::from_secs(180));
    bed.advance(120);
    let (queue, record) = bed.taken().await;
    assert_eq!(queue, "bad");
    let context = &record["requestContext"];
    assert_eq!(context["condition"], "RetriesExhausted");
    assert_eq!(context["approximateInvokeCount"], 3);
    assert_eq!(context["functionArn"], "arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST");
    assert_eq!(record["responseContext"]["functionError"], "Unhandled");
    assert_eq!(record["responsePayload"]["errorType"], "ValueError");
    let dead = bed.taken().await;
    assert_eq!(dead, ("dead".to_owned(), json!({"fail": "no"})));
    bed.settled().await;
    assert_eq!(bed.platform.metric("faas_errors_total"), 3);
    let dropped = r#"tidegate_async_invocations_dropped_total{faas_name="f",reason="retries"} 1"#;
    assert!(bed.asynchronous.metrics().contains(dropped), "{}", bed.asynchronous.metrics());
}

#[tokio::test]
async fn a_stuck_function_keeps_no_other_waiting() {
    let mut bed = Bed::new(|function| function.concurrency = 2).await;
    bed.record(None);
    let gate = bed.gate("stuck");
    for _ in 0..50 {
        bed.accept("f", &json!({"wait": gate})).await;
    }
    bed.began(&gate, 2).await;
    for number in 0..20 {
        bed.accept("g", &json!({"number": number})).await;
    }
    for _ in 0..20 {
        let (_, record) = bed.taken().await;
        assert!(record["requestPayload"]["number"].is_number(), "{record}");
    }
    assert_eq!(bed.platform.functions.status()[0].busy, 2, "its own concurrency is respected");
    assert_eq!(bed.waiting().await, 50);
    std::fs::write(&gate, "").expect("opened");
    for _ in 0..50 {
        assert_eq!(bed.taken().await.0, "good");
    }
    bed.settled().await;
}

#[tokio::test]
async fn what_began_and_did_not_end_is_run_again_by_the_next_server() {
    let mut bed = Bed::new(|function| function.concurrency = 1).await;
    let gate = bed.gate("cut");
    for _ in 0..3 {
        bed.accept("f", &json!({"wait": gate})).await;
    }
    bed.began(&gate, 1).await;
    // As after a kill: nothing of what began is noted, and nothing is left but the store.
    drop(std::mem::replace(
        &mut bed.asynchronous,
        Asynchronous::new(bed.platform.functions.clone(), bed.store.clone(), bed.recorder.clone()),
    ));
    std::fs::write(&gate, "").expect("opened");
    bed.record(None);
    bed.asynchronous.resume().await.expect("resumed");
    for _ in 0..3 {
        let (queue, record) = bed.taken().await;
        assert_eq!((&*queue, &record["requestPayload"]["wait"]), ("good", &json!(gate)));
    }
    bed.settled().await;
}

#[tokio::test]
async fn what_finds_no_room_is_tried_again_ever_later() {
    let bed = Bed::new(|function| {
        function.concurrency = 1;
        function.queue_wait = Duration::from_millis(1);
    });
    let mut bed = bed.await;
    bed.record(None);
    let gate = bed.gate("held");
    let functions = Arc::clone(&bed.platform.functions);
    let payload = json!({"wait": gate}).to_string();
    let held = tokio::spawn(async move {
        model::Invoke::invoke(&*functions, event("f", &payload)).await.is_ok()
    });
    bed.began(&gate, 1).await;
    bed.accept("f", &json!({})).await;
    assert_eq!(bed.postponed(START).await, Duration::from_secs(1));
    let since = bed.advance(1);
    assert_eq!(bed.postponed(since).await, Duration::from_secs(3));
    let since = bed.advance(2);
    assert_eq!(bed.postponed(since).await, Duration::from_secs(7));
    std::fs::write(&gate, "").expect("opened");
    assert!(held.await.expect("no panic"));
    bed.advance(4);
    let (queue, record) = bed.taken().await;
    assert_eq!((&*queue, &record["requestContext"]["approximateInvokeCount"]), ("good", &json!(1)));
    bed.settled().await;
}

#[tokio::test]
async fn a_stopped_functions_events_are_given_up_at_once() {
    let mut bed = Bed::new(|_| {}).await;
    bed.record(None);
    let reserved = [(name("f"), 0)].into();
    bed.platform.functions.arrange(Arrangement { reserved, ..Arrangement::default() });
    bed.accept("f", &json!({})).await;
    let (queue, record) = bed.taken().await;
    assert_eq!(queue, "bad");
    assert_eq!(record["requestContext"]["condition"], "ZeroReservedConcurrency");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 0);
    assert_eq!(bed.taken().await.0, "dead");
    bed.settled().await;
}

#[tokio::test]
async fn an_event_that_is_too_old_is_given_up_without_a_run() {
    let mut bed = Bed::new(|_| {}).await;
    bed.accept("f", &json!({"fail": "no"})).await;
    assert_eq!(bed.postponed(START).await, Duration::from_secs(60));
    bed.record(None);
    bed.advance(6 * 3600);
    let (queue, record) = bed.taken().await;
    assert_eq!(queue, "bad");
    assert_eq!(record["requestContext"]["condition"], "EventAgeExceeded");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 1);
    assert_eq!(record.get("responsePayload"), None);
    assert_eq!(bed.taken().await.0, "dead");
    bed.settled().await;
}

#[tokio::test]
async fn a_record_is_offered_until_it_is_taken_and_nothing_runs_again() {
    let mut bed = Bed::new(|_| {}).await;
    bed.record(Some(0));
    let busy = || DeliverError::Unavailable("the store is full".to_owned());
    *bed.recorder.refusals.lock().expect("no panic") = vec![busy(), busy()];
    bed.accept("f", &json!({"fail": "once"})).await;
    let first = [bed.taken().await, bed.taken().await];
    assert_eq!(bed.postponed(START).await, Duration::from_secs(1));
    bed.advance(1);
    assert_eq!([bed.taken().await, bed.taken().await], first);
    bed.settled().await;
    assert_eq!(bed.platform.metric("faas_errors_total"), 1);
}

#[tokio::test]
async fn a_record_waits_for_a_queue_that_is_missing_but_not_for_ever() {
    let mut bed = Bed::new(|_| {}).await;
    bed.record(None);
    let missing = || DeliverError::NotFound("queue `good`".to_owned());
    *bed.recorder.refusals.lock().expect("no panic") = vec![missing(), missing()];
    bed.accept("f", &json!({"kept": 1})).await;
    let first = bed.taken().await;
    let since = bed.postponed(START).await;
    assert_eq!(since, Duration::from_secs(1));
    bed.advance(12 * 3600);
    assert_eq!(bed.taken().await, first, "it is offered once more at its end");
    bed.settled().await;
    let failed = r#"tidegate_async_deliveries_failed_total{faas_name="f"} 1"#;
    assert!(bed.asynchronous.metrics().contains(failed), "{}", bed.asynchronous.metrics());
}

#[tokio::test]
async fn a_record_that_is_too_large_is_offered_once() {
    let mut bed = Bed::new(|_| {}).await;
    bed.record(None);
    let large = DeliverError::TooLarge("over the queue's limit".to_owned());
    *bed.recorder.refusals.lock().expect("no panic") = vec![large];
    bed.accept("f", &json!({})).await;
    bed.taken().await;
    bed.settled().await;
}

#[tokio::test]
async fn what_cannot_be_run_is_not_accepted() {
    let bed = Bed::new(|_| {}).await;
    let refused = |event| async {
        match bed.asynchronous.accept(event).await {
            Err(AcceptError::Refused(refusal)) => refusal,
            other => panic!("{other:?}"),
        }
    };
    let nobody = refused(event("nobody", "{}")).await;
    assert_eq!(nobody, InvokeRefusal::NotFound(name("nobody")));
    let mut versioned = event("f", "{}");
    versioned.qualifier = Qualifier::parse("7").expect("a version");
    assert!(matches!(refused(versioned).await, InvokeRefusal::NoSuchVersion { .. }));
    let mut large = event("f", "{}");
    large.event = Bytes::from(vec![b' '; MAX_EVENT + 1]);
    let limit = InvokeRefusal::EventTooLarge { actual: MAX_EVENT + 1, limit: MAX_EVENT };
    assert_eq!(refused(large).await, limit);
    assert_eq!(bed.waiting().await, 0);
}
