//! What a function gets: records, full batches, what a filter lets through.

use std::sync::Arc;
use std::time::Duration;

use messaging::Outgoing;
use model::{ManualClock, Timestamp};
use serde_json::json;

use super::ground::{Ground, Paused, jobs, mapping, message, name, succeed};

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
    ground.until_received("jobs").await;
    assert!(ground.got.try_recv().is_err());
    clock.advance(Duration::from_millis(50));
    assert_eq!(ground.next().await.len(), 5);
    ground.until_left("jobs", 0).await;
}

#[tokio::test]
async fn a_window_longer_than_the_visibility_has_each_message_once() {
    let clock = Arc::new(ManualClock::at(Timestamp(1_800_000_000_000)));
    let mut queue = jobs();
    queue.visibility = Duration::from_millis(20);
    let mut ground = Ground::by(clock.clone(), queue, |_| succeed()).await;
    let mut batched = mapping("jobs");
    batched.batch = 100;
    batched.window = Duration::from_millis(100);
    ground.map(vec![batched]).await;
    for body in ["first", "second", "last"] {
        ground.send("jobs", body).await;
        ground.until_received("jobs").await;
        clock.advance(Duration::from_millis(30));
    }
    clock.advance(Duration::from_millis(10));
    assert_eq!(ground.next().await, ["first", "second", "last"]);
    ground.until_left("jobs", 0).await;
    ground.until_left("dead", 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_window_may_close_where_messages_are_hidden_for_as_long_as_can_be() {
    let clock = Arc::new(Paused(tokio::time::Instant::now()));
    let mut queue = jobs();
    queue.visibility = Duration::from_hours(12);
    let mut ground = Ground::by(clock, queue, |_| succeed()).await;
    let mut batched = mapping("jobs");
    batched.window = Duration::from_secs(1);
    ground.map(vec![batched]).await;
    ground.send("jobs", "first").await;
    assert_eq!(ground.next().await, ["first"]);
    ground.until_left("jobs", 0).await;
}

#[tokio::test]
async fn what_is_purged_while_a_window_is_open_is_not_delivered() {
    let clock = Arc::new(ManualClock::at(Timestamp(1_800_000_000_000)));
    let mut ground = Ground::by(clock.clone(), jobs(), |_| succeed()).await;
    let mut batched = mapping("jobs");
    batched.batch = 100;
    batched.window = Duration::from_millis(50);
    ground.map(vec![batched]).await;
    ground.send("jobs", "purged").await;
    ground.until_received("jobs").await;
    ground.queues.purge(&name("jobs")).await.expect("purged");
    ground.send("jobs", "kept").await;
    ground.until_received("jobs").await;
    clock.advance(Duration::from_millis(50));
    assert_eq!(ground.next().await, ["kept"]);
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
