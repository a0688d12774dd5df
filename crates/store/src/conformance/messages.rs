//! Promises about messages.

mod fifo;
mod lives;

use model::{QueueName, Timestamp};

use crate::messages::{
    Claim, Claimed, Discipline, Message, MessageId, MessageStore, Number, Placed, Put, QueueId,
    Receipt,
};

pub use fifo::*;
pub use lives::*;

/// When the promises' clocks begin.
const START: u64 = 1_700_000_000_000;

fn at(millis: u64) -> Timestamp {
    Timestamp(START + millis)
}

async fn made(store: &impl MessageStore, name: &str, discipline: Discipline) -> QueueId {
    let name = QueueName::parse(name).expect("a name");
    store.make_queue(name, discipline, [7; 16]).await.expect("made").id
}

/// Sent at `millis`, with its body for an id.
fn message(body: &str, millis: u64) -> Message {
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(body.bytes()) {
        *to = from;
    }
    let (group, extras) = (None, None);
    Message { id: MessageId(id), sent: at(millis), group, body: body.into(), extras, md5: None }
}

/// `red-1` is of group `red`.
fn grouped(body: &str, millis: u64) -> Put {
    let group = body.split('-').next().map(Box::from);
    Put::new(Message { group, ..message(body, millis) })
}

async fn put(store: &impl MessageStore, queue: QueueId, bodies: &[&str]) -> Vec<Placed> {
    let puts = bodies.iter().map(|body| Put::new(message(body, 0))).collect();
    store.put(queue, puts).await.expect("put")
}

/// For ten seconds.
fn ten_at(millis: u64) -> Claim {
    Claim {
        most: 10,
        most_in_flight: 100,
        now: at(millis),
        until: at(millis + 10_000),
        sent_since: Timestamp(0),
    }
}

async fn claim(store: &impl MessageStore, queue: QueueId, claim: Claim) -> Vec<Claimed> {
    store.claim(queue, claim).await.expect("claimed").messages
}

/// What ten claims at `millis` give: `body:count`.
async fn claimed(store: &impl MessageStore, queue: QueueId, millis: u64) -> Vec<String> {
    let messages = claim(store, queue, ten_at(millis)).await;
    messages.iter().map(|one| format!("{}:{}", one.message.body, one.receipt.count)).collect()
}

fn receipt(number: Number, count: u32) -> Receipt {
    Receipt { number, count }
}
