//! What the process does that is killed: it tells each acknowledgement in a line of its own.

use std::io::Write;
use std::time::Duration;

use model::{Clock, QueueName, SystemClock, Timestamp};
use store::{
    Claim, Deduplication, Discipline, Message, MessageId, MessageStore, Placed, Put, QueueId,
    REMEMBERED, Settled,
};

use super::super::*;

const PRODUCERS: usize = 16;
pub(super) const CONSUMERS: usize = 16;
const VISIBILITY: Duration = Duration::from_millis(400);
/// One in so many receipts is not deleted.
const ABANDONED: usize = 12;

struct Load {
    store: Sqlite,
    clock: SystemClock,
    standard: QueueId,
    fifo: QueueId,
}

fn begin(folder: &Path) -> Arc<Load> {
    let store = open(&folder.join("store.db")).expect("opened");
    let make = |name, discipline| {
        let name = QueueName::parse(name).expect("a name");
        block_on(store.make_queue(name, discipline, [1; 16])).expect("made").id
    };
    let standard = make("jobs", Discipline::Standard);
    let fifo = make("jobs.fifo", Discipline::Fifo);
    Arc::new(Load { standard, fifo, clock: SystemClock::start(), store })
}

fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").and_then(|()| out.flush()).expect("told");
}

pub(super) fn run(folder: &Path) {
    let load = begin(folder);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    runtime.expect("a runtime").block_on(async {
        let mut tasks = Vec::new();
        for number in 0..PRODUCERS {
            let load = Arc::clone(&load);
            tasks.push(tokio::spawn(async move { load.produce(number).await }));
        }
        for number in 0..CONSUMERS {
            let load = Arc::clone(&load);
            tasks.push(tokio::spawn(async move { load.consume(number).await }));
        }
        for task in tasks {
            task.await.expect("never ends");
        }
    });
}

impl Load {
    /// Half of them to the FIFO queue, each of those twice.
    async fn produce(&self, producer: usize) {
        let process = std::process::id();
        for number in 0_u64.. {
            let body = format!("{producer}.{process}.{number}");
            if producer.is_multiple_of(2) {
                let placed = self.put(self.standard, producer, &body).await;
                tell(&format!("put s {} {body}", placed.number));
                continue;
            }
            for _ in 0..2 {
                let placed = self.put(self.fifo, producer, &body).await;
                let word = if placed.is_copy { "copy" } else { "put" };
                tell(&format!("{word} f {} {body}", placed.number));
            }
        }
    }

    async fn put(&self, queue: QueueId, producer: usize, body: &str) -> Placed {
        let now = self.clock.timestamp();
        let mut digest = [0; 32];
        digest[..body.len()].copy_from_slice(body.as_bytes());
        let since = Timestamp(now.0 - u64::try_from(REMEMBERED.as_millis()).expect("small"));
        let message = Message {
            id: MessageId::random(fastrand::u128(..).to_ne_bytes()),
            sent: now,
            group: Some(format!("group {producer}").into()),
            body: body.into(),
            extras: None,
            md5: None,
        };
        let deduplication =
            (queue == self.fifo).then_some(Deduplication { digest, since, at: now });
        let put = Put { deduplication, ..Put::new(message) };
        self.store.put(queue, vec![put]).await.expect("put").remove(0)
    }

    async fn consume(&self, consumer: usize) {
        let (queue, letter, most) =
            if consumer.is_multiple_of(2) { (self.standard, 's', 5) } else { (self.fifo, 'f', 1) };
        loop {
            let now = self.clock.timestamp();
            let until = now.plus(VISIBILITY);
            let claim =
                Claim { most, most_in_flight: 120_000, now, until, sent_since: Timestamp(0) };
            let claims = self.store.claim(queue, claim).await.expect("claimed");
            if claims.messages.is_empty() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            let got = self.clock.timestamp();
            for one in &claims.messages {
                let receipt = one.receipt;
                tell(&format!(
                    "claim {letter} {} {} {} {} {} {}",
                    receipt.number, receipt.count, now.0, got.0, until.0, one.message.body
                ));
            }
            let receipts: Vec<_> = claims.messages.iter().map(|one| one.receipt).collect();
            for receipt in receipts {
                if fastrand::usize(..ABANDONED) == 0 {
                    continue;
                }
                let now = self.clock.timestamp();
                let settled = self.store.delete(queue, vec![receipt], now).await.expect("deleted");
                if settled == [Settled::Done] {
                    tell(&format!("delete {letter} {} {}", receipt.number, receipt.count));
                }
            }
        }
    }
}

/// All that is left in both queues: the letter, the number and the body of each message.
pub(super) fn drain(folder: &Path) -> Vec<(char, u64, String)> {
    let load = begin(folder);
    let mut left = Vec::new();
    for (queue, letter) in [(load.standard, 's'), (load.fifo, 'f')] {
        // When everything in flight has become visible again.
        let mut now = load.clock.timestamp().plus(Duration::from_hours(1));
        loop {
            let until = now.plus(VISIBILITY);
            let claim =
                Claim { most: 10, most_in_flight: 120_000, now, until, sent_since: Timestamp(0) };
            let claims = block_on(load.store.claim(queue, claim)).expect("claimed");
            if claims.messages.is_empty() {
                break;
            }
            let receipts = claims.messages.iter().map(|one| one.receipt).collect();
            let settled = block_on(load.store.delete(queue, receipts, now)).expect("deleted");
            assert!(settled.iter().all(|settled| *settled == Settled::Done), "{settled:?}");
            let messages = claims.messages.into_iter();
            left.extend(messages.map(|one| (letter, one.receipt.number, one.message.body.into())));
            now = now.plus(Duration::from_millis(1));
        }
    }
    left
}
