//! What becomes of messages whose function failed or could not run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::invoke::Outcome;
use model::{Bound, InvokeRefusal, ManualClock, Queue, Redrive, Timestamp};
use serde_json::{Value, json};

use super::ground::{
    Ground, Paused, arn, bodies, fail, grouped, jobs, large, mapping, name, succeed,
};

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

fn throttled(retry_after: Duration) -> Result<Outcome, InvokeRefusal> {
    let function = model::FunctionName::parse("work").expect("a name");
    Err(InvokeRefusal::Throttled { function, bound: Bound::Function, limit: 1, retry_after })
}

/// For five seconds each time; then the function runs.
fn throttled_twice() -> impl Fn(&Value) -> Result<Outcome, InvokeRefusal> + Send + Sync + 'static {
    let refusals = Mutex::new(2);
    move |_| {
        let mut left = refusals.lock().expect("no panic");
        if *left == 0 {
            return succeed();
        }
        *left -= 1;
        throttled(Duration::from_secs(5))
    }
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
        throttled(Duration::from_millis(1))
    })
    .await;
    ground.map(vec![mapping("jobs")]).await;
    ground.send("jobs", "patient").await;
    let event = ground.event().await;
    assert_eq!(event["Records"][0]["attributes"]["ApproximateReceiveCount"], "1");
    ground.until_left("jobs", 0).await;
    assert_eq!(ground.left("dead").await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_batch_has_its_whole_visibility_once_it_runs() {
    for seconds in [1, 10] {
        let mut queue = jobs();
        queue.visibility = Duration::from_secs(seconds);
        let clock = Arc::new(Paused(tokio::time::Instant::now()));
        let mut ground = Ground::by(clock, queue, throttled_twice()).await;
        ground.function.gate.forget_permits(1_000_000);
        ground.map(vec![mapping("jobs")]).await;
        ground.send("jobs", "patient").await;
        let event = ground.event().await;
        assert_eq!(event["Records"][0]["attributes"]["ApproximateReceiveCount"], "1");
        tokio::time::sleep(Duration::from_millis(seconds * 900)).await;
        assert!(ground.got.try_recv().is_err(), "somebody else has it, too");
        ground.function.gate.add_permits(1);
        ground.until_left("jobs", 0).await;
        assert_eq!(ground.left("dead").await, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_too_much_for_one_batch_is_received_once_though_the_function_is_throttled() {
    let mut queue = jobs();
    queue.visibility = Duration::from_secs(1);
    queue.redrive = Some(Redrive { to: arn("dead"), after: 1 });
    let clock = Arc::new(Paused(tokio::time::Instant::now()));
    let mut ground = Ground::by(clock, queue, throttled_twice()).await;
    for number in 0..10 {
        ground.send("jobs", &large(number)).await;
    }
    ground.map(vec![mapping("jobs")]).await;
    let mut got = BTreeSet::new();
    while got.len() < 10 && ground.left("dead").await == 0 {
        got.extend(ground.next().await);
    }
    ground.until_left("jobs", 0).await;
    assert_eq!(ground.left("dead").await, 0);
    assert!(got.into_iter().eq((0..10).map(large)), "each of them once");
}

#[tokio::test(start_paused = true)]
async fn a_fifo_group_stays_in_order_though_it_is_too_much_for_one_batch() {
    let calls = Mutex::new(0);
    let clock = Arc::new(Paused(tokio::time::Instant::now()));
    let mut ground = Ground::by(clock, Queue::new(name("jobs.fifo")), move |_| {
        let mut calls = calls.lock().expect("no panic");
        *calls += 1;
        if *calls == 1 { fail() } else { succeed() }
    })
    .await;
    for number in 0..7 {
        let outgoing = grouped("a", &large(number));
        ground.queues.send(&name("jobs.fifo"), outgoing).await.expect("sent");
    }
    ground.map(vec![mapping("jobs.fifo")]).await;
    for expected in ["0 1 2 3 4", "0 1 2 3 4", "5 6"] {
        let batch = ground.next().await;
        let numbers: Vec<&str> = batch.iter().map(|body| body.trim_end()).collect();
        assert_eq!(numbers.join(" "), expected);
    }
    ground.until_left("jobs.fifo", 0).await;
    assert_eq!(ground.left("dead.fifo").await, 0);
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
            let outgoing = grouped(group, &body);
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
