//! The contract for messages: what queues hold, who has received it, and in which order it goes out.
//!
//! A queue's messages have numbers, which only grow: the order in which they came. A message is
//! *hidden* until a point in time or visible. A visible message is *claimed* by a receipt, which
//! counts it and hides it; a hidden message with a receipt is *in flight*, one without is *delayed*.

mod message;

use std::time::Duration;

use model::{QueueName, Timestamp};

use crate::Pending;

pub use message::{Deduplication, Message, MessageId, Placed, Put};

/// So long a deduplication is remembered.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html>
pub const REMEMBERED: Duration = Duration::from_mins(5);

/// One queue's life: a queue that is dropped and made again has another id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueueId(pub u32);

/// Which messages a claim may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discipline {
    /// Any visible message, the lowest number first.
    Standard,
    /// A group's messages in their order: none of them while another is in flight or a delayed one
    /// is before it. A claim takes what it can of one group before it turns to the next, the group
    /// with the lowest number first.
    Fifo,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptQueue {
    pub id: QueueId,
    pub name: QueueName,
    pub discipline: Discipline,
    /// Random bytes that nobody else knows, for as long as the queue lives.
    pub secret: [u8; 16],
}

/// A number of a message within its queue; below 2^40.
pub type Number = u64;

/// One time that a message was claimed: `count` is what its receive count became by that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Receipt {
    pub number: Number,
    pub count: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub most: usize,
    /// Nothing is claimed that would make more than these in flight.
    pub most_in_flight: usize,
    pub now: Timestamp,
    /// What is claimed stays hidden until then.
    pub until: Timestamp,
    /// Messages sent before this are not claimed, and may be gone after it.
    pub sent_since: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    pub receipt: Receipt,
    /// When it was claimed first, this time included.
    pub first: Timestamp,
    pub message: Message,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    pub messages: Vec<Claimed>,
    /// With these.
    pub in_flight: usize,
    /// When the next hidden message becomes visible by itself.
    pub next: Option<Timestamp>,
}

/// What became of one message that a receipt named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    Done,
    /// It was deleted before, or expired.
    Gone,
    /// It was claimed again since this receipt; nothing was changed.
    Stale,
    /// It is visible again although nobody claimed it since; nothing was changed.
    Visible,
}

/// How a queue stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub visible: u64,
    pub in_flight: u64,
    pub delayed: u64,
    /// When the message with the lowest number came to this queue.
    pub oldest: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Visible,
    InFlight { until: Timestamp },
    Delayed { until: Timestamp },
}

/// A message as somebody sees it who does not receive it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peeked {
    pub number: Number,
    pub count: u32,
    pub standing: Standing,
    pub message: Message,
}

/// What one round of tidying found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tidied {
    pub expired: u64,
    /// There is more to do.
    pub more: bool,
}

/// Every method refuses a queue that there is not ([`StoreError::NoQueue`](crate::StoreError)).
pub trait MessageStore: Send + Sync {
    fn queues(&self) -> Pending<'_, Vec<KeptQueue>>;

    /// The queue of this name is made unless there is one; its discipline and secret stay then.
    fn make_queue(
        &self,
        name: QueueName,
        discipline: Discipline,
        secret: [u8; 16],
    ) -> Pending<'_, KeptQueue>;

    /// With all messages. Takes as long for many as for few; their space is freed by tidying.
    fn drop_queue(&self, queue: QueueId) -> Pending<'_, ()>;

    /// All or none, in their order. A message whose deduplication is known is not kept again.
    fn put(&self, queue: QueueId, messages: Vec<Put>) -> Pending<'_, Vec<Placed>>;

    /// Survives the end of the process at once. After a loss of power the latest claims may be
    /// forgotten: their messages are visible again, with the count from before.
    fn claim(&self, queue: QueueId, claim: Claim) -> Pending<'_, Claims>;

    /// Deletes what the receipts name, in flight or visible again; of a FIFO queue only in flight.
    fn delete(
        &self,
        queue: QueueId,
        receipts: Vec<Receipt>,
        now: Timestamp,
    ) -> Pending<'_, Vec<Settled>>;

    /// Hides messages in flight until another time. A time that has come makes them visible.
    fn hide(
        &self,
        queue: QueueId,
        receipts: Vec<(Receipt, Timestamp)>,
        now: Timestamp,
    ) -> Pending<'_, Vec<Settled>>;

    /// Messages that were never claimed become visible so long after they were sent, whatever delay
    /// they came with; at once where that time has gone by.
    fn delay(&self, queue: QueueId, delay: Duration, now: Timestamp) -> Pending<'_, ()>;

    /// Each receipt's message leaves `from` and the message beside it is put into `to`, both or
    /// neither. What the receipt does not name any more stays as it is. The two may be one queue.
    fn transfer(
        &self,
        from: QueueId,
        to: QueueId,
        messages: Vec<(Receipt, Put)>,
        now: Timestamp,
    ) -> Pending<'_, Vec<Settled>>;

    /// All messages are gone, in flight or not. Takes as long for many as for few.
    fn purge(&self, queue: QueueId) -> Pending<'_, ()>;

    fn tally(&self, queue: QueueId, now: Timestamp) -> Pending<'_, Tally>;

    /// Messages with a number of at least `from`, by number.
    fn peek(
        &self,
        queue: QueueId,
        from: Number,
        most: usize,
        now: Timestamp,
    ) -> Pending<'_, Vec<Peeked>>;

    /// Deletes at most about `most` of what is no longer needed: messages of these queues sent
    /// before their time, whether in flight or not, deduplications that ended, and what purges left.
    fn tidy(
        &self,
        sent_before: Vec<(QueueId, Timestamp)>,
        now: Timestamp,
        most: usize,
    ) -> Pending<'_, Tidied>;
}
