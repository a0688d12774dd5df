//! How many batches there are at a time, and when there are none.

use std::sync::Arc;
use std::time::Duration;

use super::ground::{Ground, jobs, mapping, name, succeed};

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

#[tokio::test]
async fn a_mapping_waits_for_its_queue() {
    let mut ground = Ground::with(jobs(), |_| succeed()).await;
    ground.send("jobs", "first").await;
    let alone: model::Snapshot = [model::Resource::from(mapping("jobs"))].into_iter().collect();
    ground.sources.install(&alone).await;
    ground.sources.install(&alone).await;
    assert_eq!(ground.queues.counts(&name("jobs")).await.expect("counts").visible, 1);
    ground.map(vec![mapping("jobs")]).await;
    assert_eq!(ground.next().await, ["first"]);
    ground.until_left("jobs", 0).await;
    ground.sources.install(&alone).await;
    ground.sources.stop().await;
}
