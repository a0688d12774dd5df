//! What happens to a message of a standard queue between its coming and its end.

use model::{QueueName, Timestamp};

use super::{at, claim, claimed, made, message, put, receipt, ten_at};
use crate::StoreError;
use crate::messages::{
    Claim, Discipline, KeptQueue, Message, MessageStore, Put, Settled, Standing, Tally,
};

pub async fn queues_come_back_as_they_were_made(store: &impl MessageStore) {
    let name = QueueName::parse("jobs").expect("a name");
    let make = |secret| store.make_queue(name.clone(), Discipline::Standard, secret);
    let first = make([1; 16]).await.expect("made");
    let again = make([2; 16]).await.expect("found");
    assert_eq!(first, again, "a second making finds the first");
    assert_eq!(first.secret, [1; 16]);
    let fifo = made(store, "jobs.fifo", Discipline::Fifo).await;
    let kept: Vec<KeptQueue> = store.queues().await.expect("queues");
    let listed: Vec<_> = kept.iter().map(|queue| (queue.id, queue.discipline)).collect();
    assert_eq!(listed, [(first.id, Discipline::Standard), (fifo, Discipline::Fifo)]);
}

pub async fn a_dropped_queue_takes_its_messages_along(store: &impl MessageStore) {
    let queue = made(store, "jobs", Discipline::Standard).await;
    put(store, queue, &["a"]).await;
    store.drop_queue(queue).await.expect("dropped");
    assert_eq!(store.queues().await.expect("queues"), []);
    assert_eq!(store.claim(queue, ten_at(0)).await, Err(StoreError::NoQueue));
    assert_eq!(store.drop_queue(queue).await, Err(StoreError::NoQueue));
    let next = made(store, "jobs", Discipline::Standard).await;
    assert_ne!(next, queue, "another life has another id");
    store.tidy(vec![(next, Timestamp(0))], at(0), 100).await.expect("tidied");
    assert_eq!(claimed(store, next, 0).await, [""; 0]);
}

pub async fn messages_come_back_whole(store: &impl MessageStore) {
    let queue = made(store, "jobs", Discipline::Standard).await;
    let whole = Message {
        group: Some("team".into()),
        extras: Some(r#"{"sender":"é"}"#.into()),
        md5: Some([7; 16]),
        ..message("grüße \u{1f30a}\n\t", 5)
    };
    let placed = store.put(queue, vec![Put::new(whole.clone())]).await.expect("put");
    assert_eq!((placed[0].id, placed[0].is_copy), (whole.id, false));
    let got = claim(store, queue, ten_at(6)).await;
    assert_eq!(got[0].message, whole);
    assert_eq!((got[0].receipt, got[0].first), (receipt(placed[0].number, 1), at(6)));
}

pub async fn claims_take_the_lowest_numbers_first(store: &impl MessageStore) {
    let queue = made(store, "jobs", Discipline::Standard).await;
    let placed = put(store, queue, &["a", "b", "c", "d"]).await;
    assert!(placed.windows(2).all(|pair| pair[0].number < pair[1].number));
    let two = claim(store, queue, Claim { most: 2, ..ten_at(0) }).await;
    let bodies: Vec<_> = two.iter().map(|one| &*one.message.body).collect();
    assert_eq!(bodies, ["a", "b"]);
    assert_eq!(claimed(store, queue, 1).await, ["c:1", "d:1"]);
    assert_eq!(claimed(store, queue, 2).await, [""; 0]);
}

pub async fn a_claimed_message_is_hidden_and_then_counted_again(store: &impl MessageStore) {
    let queue = made(store, "jobs", Discipline::Standard).await;
    put(store, queue, &["a"]).await;
    assert_eq!(claimed(store, queue, 0).await, ["a:1"]);
    let hidden = store.claim(queue, ten_at(9_999)).await.expect("claimed");
    assert_eq!((hidden.messages.len(), hidden.in_flight), (0, 1));
    assert_eq!(hidden.next, Some(at(10_000)), "when it is worth asking again");
    let again = claim(store, queue, ten_at(10_000)).await;
    assert_eq!((again[0].receipt.count, again[0].first), (2, at(0)), "the first time stays");
}

pub async fn only_so_many_are_in_flight(store: &impl MessageStore) {
    let queue = made(store, "jobs", Discipline::Standard).await;
    put(store, queue, &["a", "b", "c"]).await;
    let few = Claim { most_in_flight: 2, ..ten_at(0) };
    let claims = store.claim(queue, few).await.expect("claimed");
    assert_eq!((claims.messages.len(), claims.in_flight), (2, 2));
    let none = store.claim(queue, few).await.expect("claimed");
    assert_eq!((none.messages.len(), none.in_flight), (0, 2));
}

pub async fn a_delayed_message_waits(store: &impl MessageStore) {
    let queue = made(store, "jobs", Discipline::Standard).await;
    let delayed = Put { until: Some(at(500)), ..Put::new(message("late", 0)) };
    store.put(queue, vec![delayed, Put::new(message("now", 0))]).await.expect("put");
    let tally = store.tally(queue, at(0)).await.expect("a tally");
    assert_eq!((tally.visible, tally.in_flight, tally.delayed), (1, 0, 1));
    let claims = store.claim(queue, ten_at(0)).await.expect("claimed");
    assert_eq!((claims.messages.len(), claims.next), (1, Some(at(500))));
    assert_eq!(claimed(store, queue, 500).await, ["late:1"]);
}

pub async fn a_receipt_deletes_its_message(store: &impl MessageStore) {
    let queue = made(store, "jobs", Discipline::Standard).await;
    put(store, queue, &["a", "b", "c"]).await;
    let got = claim(store, queue, ten_at(0)).await;
    let (a, b) = (got[0].receipt, got[1].receipt);
    let delete = |receipt, millis| store.delete(queue, vec![receipt], at(millis));
    assert_eq!(delete(a, 1).await, Ok(vec![Settled::Done]));
    assert_eq!(delete(a, 1).await, Ok(vec![Settled::Gone]));
    // The visibility of the others has ended; nobody else had them meanwhile.
    assert_eq!(delete(b, 20_000).await, Ok(vec![Settled::Done]));
    assert_eq!(claimed(store, queue, 20_000).await, ["c:2"]);
    assert_eq!(delete(got[2].receipt, 20_001).await, Ok(vec![Settled::Stale]));
    let tally = store.tally(queue, at(20_001)).await.expect("a tally");
    assert_eq!((tally.visible, tally.in_flight), (0, 1));
}

pub async fn visibility_changes_in_flight_alone(store: &impl MessageStore) {
    let queue = made(store, "jobs", Discipline::Standard).await;
    put(store, queue, &["a"]).await;
    let first = claim(store, queue, ten_at(0)).await[0].receipt;
    let hide = |receipt, until, now| store.hide(queue, vec![(receipt, at(until))], at(now));
    assert_eq!(hide(first, 60_000, 5).await, Ok(vec![Settled::Done]));
    assert_eq!(claimed(store, queue, 59_999).await, [""; 0]);
    assert_eq!(hide(first, 59_999, 59_999).await, Ok(vec![Settled::Done]), "at once");
    assert_eq!(hide(first, 70_000, 59_999).await, Ok(vec![Settled::Visible]));
    assert_eq!(claimed(store, queue, 59_999).await, ["a:2"]);
    assert_eq!(hide(first, 80_000, 60_000).await, Ok(vec![Settled::Stale]));
    assert_eq!(hide(receipt(99, 1), 80_000, 60_000).await, Ok(vec![Settled::Gone]));
}

pub async fn a_transfer_moves_a_message_once(store: &impl MessageStore) {
    let from = made(store, "jobs", Discipline::Standard).await;
    let to = made(store, "dead", Discipline::Standard).await;
    put(store, from, &["a"]).await;
    let got = claim(store, from, ten_at(0)).await.remove(0);
    let moved = Put { claimed: Some((1, at(0))), came: Some(at(3)), ..Put::new(got.message) };
    let both = vec![(got.receipt, moved.clone()), (got.receipt, moved)];
    let settled = store.transfer(from, to, both, at(3)).await;
    assert_eq!(settled, Ok(vec![Settled::Done, Settled::Gone]));
    assert_eq!(store.tally(from, at(3)).await, Ok(Tally::default()));
    let tally = store.tally(to, at(3)).await.expect("a tally");
    assert_eq!((tally.visible, tally.oldest), (1, Some(at(3))));
    let there = claim(store, to, ten_at(4)).await;
    assert_eq!((there[0].receipt.count, there[0].first), (2, at(0)), "its count came along");
    assert_eq!(there[0].message.sent, at(0));
}

pub async fn a_transfer_moves_what_its_claim_hid_for_no_time(store: &impl MessageStore) {
    for (name, discipline) in [("jobs", Discipline::Standard), ("jobs.fifo", Discipline::Fifo)] {
        let from = made(store, name, discipline).await;
        let to = made(store, &format!("dead-{name}"), discipline).await;
        put(store, from, &["a"]).await;
        let got = claim(store, from, Claim { until: at(0), ..ten_at(0) }).await.remove(0);
        let moved = vec![(got.receipt, Put::new(got.message))];
        assert_eq!(store.transfer(from, to, moved, at(0)).await, Ok(vec![Settled::Done]), "{name}");
        assert_eq!(claimed(store, to, 0).await, ["a:1"], "{name}");
        assert_eq!(claimed(store, from, 0).await, [""; 0], "{name}");
    }
}

pub async fn a_purge_leaves_nothing_but_what_comes_after(store: &impl MessageStore) {
    let queue = made(store, "jobs", Discipline::Standard).await;
    let placed = put(store, queue, &["a", "b", "c"]).await;
    let got = claim(store, queue, Claim { most: 1, ..ten_at(0) }).await;
    store.purge(queue).await.expect("purged");
    assert_eq!(store.tally(queue, at(0)).await, Ok(Tally::default()));
    let later = put(store, queue, &["d"]).await;
    assert!(later[0].number > placed[2].number, "numbers only grow");
    assert_eq!(store.delete(queue, vec![got[0].receipt], at(1)).await, Ok(vec![Settled::Gone]));
    store.tidy(vec![(queue, Timestamp(0))], at(1), 100).await.expect("tidied");
    assert_eq!(claimed(store, queue, 20_000).await, ["d:1"]);
}

pub async fn old_messages_expire(store: &impl MessageStore) {
    let queue = made(store, "jobs", Discipline::Standard).await;
    // Moved here: it came last and was sent first.
    let moved = Put { came: Some(at(30)), ..Put::new(message("moved", 5)) };
    let puts = vec![
        Put::new(message("flies", 10)),
        Put::new(message("old", 10)),
        Put::new(message("new", 20)),
        moved,
    ];
    store.put(queue, puts).await.expect("put");
    assert_eq!(claim(store, queue, Claim { most: 1, ..ten_at(30) }).await.len(), 1);
    let young = claim(store, queue, Claim { sent_since: at(20), ..ten_at(31) }).await;
    let bodies: Vec<_> = young.iter().map(|one| &*one.message.body).collect();
    assert_eq!(bodies, ["new"], "what is too old is not given out");
    let mut more = true;
    while more {
        more = store.tidy(vec![(queue, at(20))], at(32), 1).await.expect("tidied").more;
    }
    let tally = store.tally(queue, at(32)).await.expect("a tally");
    assert_eq!((tally.visible, tally.in_flight, tally.oldest), (0, 1, Some(at(20))));
}

pub async fn peeking_changes_nothing(store: &impl MessageStore) {
    let queue = made(store, "jobs", Discipline::Standard).await;
    let delayed = Put { until: Some(at(500)), ..Put::new(message("late", 0)) };
    put(store, queue, &["a", "b"]).await;
    store.put(queue, vec![delayed]).await.expect("put");
    claim(store, queue, Claim { most: 1, ..ten_at(0) }).await;
    let peeked = store.peek(queue, 0, 10, at(1)).await.expect("peeked");
    let seen: Vec<_> =
        peeked.iter().map(|one| (&*one.message.body, one.count, one.standing)).collect();
    let expected = [
        ("a", 1, Standing::InFlight { until: at(10_000) }),
        ("b", 0, Standing::Visible),
        ("late", 0, Standing::Delayed { until: at(500) }),
    ];
    assert_eq!(seen, expected);
    let rest = store.peek(queue, peeked[1].number, 1, at(1)).await.expect("peeked");
    assert_eq!(rest, peeked[1..2]);
    assert_eq!(claimed(store, queue, 2).await, ["b:1"]);
}
