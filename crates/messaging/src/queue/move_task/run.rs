//! The work of one task: a few messages at a time, each out of one queue and into another at once.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use store::{Claimed, Put, Receipt, Settled};

use super::{MoveState, Task};
use crate::Queues;
use crate::queue::extras::Extras;
use crate::queue::{Open, QueueError};

/// What a task holds it has moved long before this ends, or the server has stopped.
const HELD: Duration = Duration::from_mins(1);
const AT_ONCE: usize = 10;

pub(super) async fn run(queues: Arc<Queues>, task: Arc<Task>) {
    let ended = loop {
        if task.is_cancelled() {
            break MoveState::Cancelled;
        }
        let most = task.rate().map_or(AT_ONCE, |rate| AT_ONCE.min(rate as usize));
        match some(&queues, &task, most).await {
            Ok(0) => break MoveState::Completed,
            Ok(moved) => {
                if let Some(rate) = task.rate() {
                    tokio::time::sleep(Duration::from_secs_f64(moved as f64 / f64::from(rate)))
                        .await;
                }
            }
            Err(why) => break MoveState::Failed(why),
        }
    };
    task.end(ended);
}

/// Gives how many messages it has dealt with; none when there are none left.
async fn some(queues: &Queues, task: &Task, most: usize) -> Result<usize, String> {
    let from = queues.moved(task.source()).map_err(|error| error.to_string())?;
    let (claims, _) = queues.claim(&from, most, HELD).await.map_err(|error| error.to_string())?;
    let found = claims.messages.len();
    let mut left = claims.messages.into_iter();
    while let Some(claimed) = left.next() {
        let receipt = claimed.receipt;
        if let Err(why) = one(queues, task, &from, claimed).await {
            let left = left.map(|claimed| claimed.receipt);
            give_back(queues, &from, std::iter::once(receipt).chain(left)).await;
            return Err(why);
        }
        task.moved.fetch_add(1, Ordering::SeqCst);
    }
    Ok(found)
}

async fn give_back(queues: &Queues, from: &Open, receipts: impl Iterator<Item = Receipt>) {
    let now = queues.now();
    let shown = receipts.map(|receipt| (receipt, now)).collect();
    // They are visible again after a minute in any case.
    let _ = queues.store.hide(from.id(), shown, now).await;
    from.live.arrivals.came();
}

async fn one(queues: &Queues, task: &Task, from: &Open, claimed: Claimed) -> Result<(), String> {
    let receipt = claimed.receipt;
    let (to, put) = destination(queues, task, from, claimed)?;
    let moved: Vec<(Receipt, Put)> = vec![(receipt, put)];
    let told = queues.store.transfer(from.id(), to.id(), moved, queues.now()).await;
    let told = told.map_err(|error| from.failed(error).to_string())?;
    // Otherwise somebody else has it, or it was purged.
    if told.first() == Some(&Settled::Done) {
        to.live.arrivals.came();
    }
    Ok(())
}

/// A message that is moved is a new one, sent now.
fn destination(
    queues: &Queues,
    task: &Task,
    from: &Open,
    claimed: Claimed,
) -> Result<(Arc<Open>, Put), String> {
    let mut message = claimed.message;
    let mut extras = Extras::read(message.extras.as_deref());
    let origin = extras.dead_letter_of.take();
    let Some(arn) = task.destination().or(origin.as_ref()) else {
        return Err("a message was not given up by any queue: name a destination".to_owned());
    };
    let to = queues.moved(arn).map_err(|error: QueueError| error.to_string())?;
    if to.is_fifo() != from.is_fifo() {
        return Err(format!("`{arn}` is not of the same type"));
    }
    extras.received_elsewhere = 0;
    message.id = queues.new_id();
    message.sent = queues.now();
    if to.is_fifo() {
        extras.deduplication = Some(message.id.to_string());
    }
    message.extras = extras.write();
    Ok((to, Put::new(message)))
}
