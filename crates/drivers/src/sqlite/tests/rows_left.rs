//! What rows tell of messages goes with them, however they go.

use std::time::Duration;

use model::QueueName;
use rusqlite::Connection;
use store::{Claim, Discipline, Message, MessageId, MessageStore, Put, QueueId, Receipt, Settled};

use super::*;

const NOW: Timestamp = Timestamp(1_700_000_000_000);

struct Kept {
    store: Sqlite,
    queue: QueueId,
    folder: tempfile::TempDir,
}

impl Kept {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = open(&folder.path().join("store.db")).expect("opened");
        let name = QueueName::parse("jobs").expect("a name");
        let made = store.make_queue(name, Discipline::Standard, [1; 16]).await.expect("made");
        Self { store, queue: made.id, folder }
    }

    async fn put(&self, many: u8) {
        let put = |number| {
            let id = MessageId([number; 16]);
            let body = "body".into();
            Put::new(Message { id, sent: NOW, group: None, body, extras: None, md5: None })
        };
        self.store.put(self.queue, (0..many).map(put).collect()).await.expect("put");
    }

    async fn claim(&self) -> Vec<Receipt> {
        let until = NOW.plus(Duration::from_mins(1));
        let claim =
            Claim { most: 10, most_in_flight: 100, now: NOW, until, sent_since: Timestamp(0) };
        let claims = self.store.claim(self.queue, claim).await.expect("claimed");
        claims.messages.iter().map(|claimed| claimed.receipt).collect()
    }

    async fn delete(&self, receipts: &[Receipt]) {
        self.store.delete(self.queue, receipts.to_vec(), NOW).await.expect("deleted");
    }

    async fn hide(&self, receipt: Receipt) {
        let until = NOW.plus(Duration::from_mins(2));
        self.store.hide(self.queue, vec![(receipt, until)], NOW).await.expect("hidden");
    }

    /// How many messages and claims have rows.
    fn rows(&self) -> (i64, i64) {
        (self.count("message"), self.count("claim"))
    }

    fn count(&self, table: &str) -> i64 {
        let connection = Connection::open(self.folder.path().join("store.db")).expect("opened");
        let select = format!("SELECT count(*) FROM {table}");
        connection.query_row(&select, [], |row| row.get(0)).expect("a count")
    }
}

#[tokio::test]
async fn one_row_tells_of_a_whole_claim() {
    let kept = Kept::new().await;
    kept.put(20).await;
    let first = kept.claim().await;
    let second = kept.claim().await;
    assert_eq!(kept.rows(), (20, 2));
    kept.delete(&first[1..]).await;
    assert_eq!(kept.rows(), (11, 2), "one is left of the first claim");
    kept.delete(&first[..1]).await;
    kept.delete(&second).await;
    assert_eq!(kept.rows(), (0, 0));
}

#[tokio::test]
async fn a_message_that_fares_differently_has_a_row_of_its_own() {
    let kept = Kept::new().await;
    kept.put(10).await;
    let receipts = kept.claim().await;
    kept.delete(&receipts[..2]).await;
    kept.hide(receipts[5]).await;
    assert_eq!(kept.rows(), (8, 8));
    kept.delete(&receipts[2..]).await;
    assert_eq!(kept.rows(), (0, 0));
}

#[tokio::test]
async fn what_was_purged_is_tidied_away() {
    let kept = Kept::new().await;
    // Whatever an earlier life left is found out once.
    kept.store.tidy(Vec::new(), NOW, 100).await.expect("tidied");
    kept.put(20).await;
    kept.claim().await;
    kept.store.purge(kept.queue).await.expect("purged");
    while kept.store.tidy(Vec::new(), NOW, 100).await.expect("tidied").more {}
    assert_eq!(kept.rows(), (0, 0));
}

#[tokio::test]
async fn a_dropped_queue_goes_whether_or_not_it_had_messages() {
    let kept = Kept::new().await;
    let name = QueueName::parse("empty").expect("a name");
    let empty = kept.store.make_queue(name, Discipline::Standard, [1; 16]).await.expect("made");
    kept.put(3).await;
    for queue in [kept.queue, empty.id] {
        kept.store.drop_queue(queue).await.expect("dropped");
    }
    while kept.store.tidy(Vec::new(), NOW, 100).await.expect("tidied").more {}
    assert_eq!(kept.count("queue"), 0);
}

#[tokio::test]
async fn a_queue_that_is_one_too_many_leaves_no_row() {
    let kept = Kept::new().await;
    let connection = Connection::open(kept.folder.path().join("store.db")).expect("opened");
    let last = "UPDATE sqlite_sequence SET seq = 8388607 WHERE name = 'queue'";
    assert_eq!(connection.execute(last, []), Ok(1));
    for _ in 0..2 {
        let name = QueueName::parse("more").expect("a name");
        let refused = kept.store.make_queue(name, Discipline::Standard, [1; 16]).await;
        let Err(StoreError::Unusable { reason, .. }) = refused else { panic!("{refused:?}") };
        assert!(reason.contains("eight million"), "{reason}");
    }
    assert_eq!(kept.count("queue"), 1);
    kept.put(1).await;
}

/// The claim was not synced when the power went, so that nothing but its row tells of the message's group.
#[tokio::test]
async fn a_message_whose_claim_is_forgotten_leaves_its_group() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    let store = open(&path).expect("opened");
    let make = |name: &str| {
        store.make_queue(QueueName::parse(name).expect("a name"), Discipline::Fifo, [1; 16])
    };
    let (from, to) =
        (make("jobs.fifo").await.expect("made"), make("dead.fifo").await.expect("made"));
    let message = |number, group: &str| {
        let group = Some(group.into());
        Message {
            id: MessageId([number; 16]),
            sent: NOW,
            group,
            body: "a".into(),
            extras: None,
            md5: None,
        }
    };
    let both = vec![Put::new(message(1, "red")), Put::new(message(2, "blue"))];
    store.put(from.id, both).await.expect("put");
    let until = NOW.plus(Duration::from_mins(1));
    let up_to =
        |most| Claim { most, most_in_flight: 100, now: NOW, until, sent_since: Timestamp(0) };
    let claimed = store.claim(from.id, up_to(10)).await.expect("claimed").messages;
    drop(store);
    Connection::open(&path).expect("opened").execute("DELETE FROM claim", []).expect("deleted");

    let store = open(&path).expect("opened");
    // Both are known from here on.
    assert_eq!(store.claim(from.id, up_to(1)).await.expect("claimed").messages.len(), 1);
    let blue = vec![(claimed[1].receipt, Put::new(message(2, "blue")))];
    assert_eq!(store.transfer(from.id, to.id, blue, NOW).await, Ok(vec![Settled::Done]));
    assert_eq!(store.claim(from.id, up_to(10)).await.expect("claimed").messages.len(), 0);
    assert_eq!(store.claim(to.id, up_to(10)).await.expect("claimed").messages.len(), 1);
}
