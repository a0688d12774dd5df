//! Queues over the store in memory, by a clock that jumps to the next time somebody waits for.

mod fifo;
mod moves;
mod standard;
mod waits;

use std::sync::Arc;
use std::time::Duration;

use model::{Account, Clock, Moment, Queue, QueueName, Timestamp};
use store::Memory;
use tokio::time::Instant;

use crate::{Outgoing, Queues, Receive, Received};

/// Tokio's clock, which is paused in these tests.
#[derive(Debug)]
pub(crate) struct Paused(pub(crate) Instant);

impl Clock for Paused {
    fn moment(&self) -> Moment {
        Moment(1 << 40).plus(self.0.elapsed())
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp(1_700_000_000_000).plus(self.0.elapsed())
    }
}

fn name(text: &str) -> QueueName {
    QueueName::parse(text).expect("a name")
}

fn queue(text: &str) -> Queue {
    Queue::new(name(text))
}

async fn queues(installed: Vec<Queue>) -> Arc<Queues> {
    let clock = Arc::new(Paused(Instant::now()));
    let store = Arc::new(Memory::default());
    let queues = Queues::new(store, clock, Account::default(), 7);
    queues.install(installed).await.expect("installed");
    Arc::new(queues)
}

fn body(text: &str) -> Outgoing {
    Outgoing { body: text.to_owned(), ..Outgoing::default() }
}

/// `red-1` is of group `red`.
fn grouped(text: &str) -> Outgoing {
    let group = text.split('-').next().map(str::to_owned);
    Outgoing { group, deduplication: Some(text.to_owned()), ..body(text) }
}

async fn receive(queues: &Queues, queue: &str) -> Vec<Received> {
    queues.receive(&name(queue), Receive::up_to(10)).await.expect("received")
}

fn bodies(messages: &[Received]) -> Vec<&str> {
    messages.iter().map(|message| message.body.as_str()).collect()
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

fn run(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().expect("a runtime").block_on(test);
}
