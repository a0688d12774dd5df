//! Promises about groups and deduplication.

use std::time::Duration;

use model::Timestamp;

use super::{at, claim, claimed, grouped, made, message, receipt, ten_at};
use crate::messages::{
    Claim, Deduplication, Discipline, MessageStore, Placed, Put, QueueId, Settled,
};

async fn put_grouped(store: &impl MessageStore, queue: QueueId, bodies: &[&str]) {
    let puts = bodies.iter().map(|body| grouped(body, 0)).collect();
    store.put(queue, puts).await.expect("put");
}

async fn fifo(store: &impl MessageStore) -> QueueId {
    made(store, "jobs.fifo", Discipline::Fifo).await
}

pub async fn a_claim_empties_one_group_before_the_next(store: &impl MessageStore) {
    let queue = fifo(store).await;
    put_grouped(store, queue, &["red-1", "blue-1", "red-2", "blue-2", "red-3"]).await;
    let four = claim(store, queue, Claim { most: 4, ..ten_at(0) }).await;
    let bodies: Vec<_> = four.iter().map(|one| &*one.message.body).collect();
    assert_eq!(bodies, ["red-1", "red-2", "red-3", "blue-1"]);
}

pub async fn one_in_flight_blocks_its_group_alone(store: &impl MessageStore) {
    let queue = fifo(store).await;
    put_grouped(store, queue, &["red-1", "red-2", "blue-1"]).await;
    let one = claim(store, queue, Claim { most: 1, ..ten_at(0) }).await.remove(0);
    assert_eq!(claimed(store, queue, 1).await, ["blue-1:1"]);
    assert_eq!(claimed(store, queue, 2).await, [""; 0]);
    store.delete(queue, vec![one.receipt], at(3)).await.expect("deleted");
    assert_eq!(claimed(store, queue, 3).await, ["red-2:1"]);
}

pub async fn a_group_waits_for_the_last_of_its_batch(store: &impl MessageStore) {
    let queue = fifo(store).await;
    put_grouped(store, queue, &["red-1", "red-2", "red-3"]).await;
    let two = claim(store, queue, Claim { most: 2, ..ten_at(0) }).await;
    store.hide(queue, vec![(two[0].receipt, at(1))], at(1)).await.expect("visible again");
    assert_eq!(claimed(store, queue, 1).await, [""; 0], "the second is in flight");
    store.delete(queue, vec![two[1].receipt], at(2)).await.expect("deleted");
    assert_eq!(claimed(store, queue, 2).await, ["red-1:2", "red-3:1"]);
}

pub async fn what_returns_comes_before_what_followed_it(store: &impl MessageStore) {
    let queue = fifo(store).await;
    put_grouped(store, queue, &["red-1", "red-2"]).await;
    claim(store, queue, Claim { most: 1, ..ten_at(0) }).await;
    assert_eq!(claimed(store, queue, 10_000).await, ["red-1:2", "red-2:1"]);
}

pub async fn a_delay_counts_from_the_sending(store: &impl MessageStore) {
    let queue = fifo(store).await;
    let delayed = |body, sent| Put { until: Some(at(sent + 60_000)), ..grouped(body, sent) };
    let delay = |seconds, millis| store.delay(queue, Duration::from_secs(seconds), at(millis));
    let puts = vec![grouped("blue-1", 0), delayed("red-1", 0), delayed("red-2", 1_000)];
    store.put(queue, puts).await.expect("put");
    assert_eq!(claimed(store, queue, 1_000).await, ["blue-1:1"]);
    delay(2, 2_000).await.expect("delayed");
    // What is in flight has had its delay.
    let tally = store.tally(queue, at(2_000)).await.expect("a tally");
    assert_eq!((tally.visible, tally.in_flight, tally.delayed), (1, 1, 1));
    delay(600, 2_000).await.expect("delayed");
    assert_eq!(claimed(store, queue, 2_000).await, [""; 0]);
    let claims = store.claim(queue, ten_at(599_999)).await.expect("claimed");
    assert_eq!(claims.messages[0].receipt, receipt(1, 2), "its visibility ended long ago");
    assert_eq!((claims.messages.len(), claims.next), (1, Some(at(600_000))));
    delay(0, 599_999).await.expect("delayed");
    assert_eq!(claimed(store, queue, 599_999).await, ["red-1:1", "red-2:1"]);
    store.put(queue, vec![grouped("green-1", 599_999)]).await.expect("put");
    delay(5, 600_000).await.expect("delayed");
    assert_eq!(claimed(store, queue, 604_998).await, [""; 0], "it had none when it was sent");
    assert_eq!(claimed(store, queue, 604_999).await, ["green-1:1"]);
}

pub async fn a_delayed_message_holds_up_its_group_alone(store: &impl MessageStore) {
    let queue = fifo(store).await;
    let late = |body| Put { until: Some(at(100)), ..grouped(body, 0) };
    let puts = vec![grouped("red-1", 0), late("red-2"), grouped("red-3", 0), late("blue-1")];
    store.put(queue, puts).await.expect("put");
    put_grouped(store, queue, &["green-1"]).await;
    assert_eq!(claimed(store, queue, 0).await, ["red-1:1", "green-1:1"]);
    let tally = store.tally(queue, at(0)).await.expect("a tally");
    assert_eq!((tally.visible, tally.in_flight, tally.delayed), (1, 2, 2));
    assert_eq!(claimed(store, queue, 100).await, ["blue-1:1"]);
}

pub async fn a_receipt_of_a_fifo_queue_ends_with_its_visibility(store: &impl MessageStore) {
    let queue = fifo(store).await;
    put_grouped(store, queue, &["red-1"]).await;
    let first = claim(store, queue, ten_at(0)).await[0].receipt;
    let deleted = store.delete(queue, vec![first], at(10_000)).await;
    assert_eq!(deleted, Ok(vec![Settled::Visible]));
    assert_eq!(claimed(store, queue, 10_000).await, ["red-1:2"]);
    assert_eq!(store.delete(queue, vec![receipt(99, 1)], at(1)).await, Ok(vec![Settled::Gone]));
}

fn copy(body: &str, millis: u64) -> Put {
    let digest = [body.as_bytes()[0]; 32];
    let since = Timestamp(at(millis).0 - 300_000);
    let deduplication = Some(Deduplication { digest, since, at: at(millis) });
    Put { deduplication, ..Put::new(message(body, millis)) }
}

pub async fn copies_are_dropped_while_the_first_is_remembered(store: &impl MessageStore) {
    let queue = fifo(store).await;
    let put = async |body, millis| {
        store.put(queue, vec![copy(body, millis)]).await.expect("put").remove(0)
    };
    let tidy = |millis| store.tidy(vec![(queue, Timestamp(0))], at(millis), 100);
    let first = put("a1", 0).await;
    assert_eq!(put("a2", 299_999).await, Placed { is_copy: true, ..first });
    assert!(!put("b1", 0).await.is_copy);
    // Even when the first is no longer there.
    let got = claim(store, queue, Claim { most: 1, ..ten_at(0) }).await;
    store.delete(queue, vec![got[0].receipt], at(1)).await.expect("deleted");
    tidy(299_999).await.expect("tidied");
    assert!(put("a3", 299_999).await.is_copy);
    tidy(300_000).await.expect("tidied");
    assert!(!put("a4", 300_000).await.is_copy);
    assert!(put("a5", 300_001).await.is_copy, "a copy of the new one");
}

pub async fn copies_within_one_batch_are_dropped(store: &impl MessageStore) {
    let queue = fifo(store).await;
    let placed = store.put(queue, vec![copy("a1", 0), copy("a2", 0), copy("b1", 0)]).await;
    let copies: Vec<_> = placed.expect("put").iter().map(|placed| placed.is_copy).collect();
    assert_eq!(copies, [false, true, false]);
    assert_eq!(claimed(store, queue, 1).await, ["a1:1", "b1:1"]);
}
