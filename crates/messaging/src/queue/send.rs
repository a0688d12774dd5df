//! Sends messages: each gets its place in the queue, durably, or is told why not.

use std::time::Duration;

use model::{AttributeValue, QueueName, Timestamp};
use store::{Message, Placed, Put};

use super::extras::Extras;
use super::{Open, QueueError, answered, check, deduplicate, digest};
use crate::Queues;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outgoing {
    pub body: String,
    pub attributes: Vec<(String, AttributeValue)>,
    /// Instead of the queue's. A FIFO queue has its own alone.
    pub delay: Option<Duration>,
    pub group: Option<String>,
    pub deduplication: Option<String>,
    /// Who sends it; the account, if it is not said.
    pub sender: Option<String>,
    /// The system attribute `AWSTraceHeader`.
    pub trace_header: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub id: String,
    pub md5_of_body: String,
    pub md5_of_attributes: Option<String>,
    /// Of `AWSTraceHeader`, where it was given.
    pub md5_of_system_attributes: Option<String>,
    /// On a FIFO queue.
    pub sequence_number: Option<String>,
}

impl Queues {
    pub async fn send(&self, queue: &QueueName, message: Outgoing) -> Result<Sent, QueueError> {
        let open = self.opened(queue)?;
        let md5 = digest::of_body(&message.body);
        let ready = self.ready(&open, message, md5, self.now())?;
        let until = ready.put.until;
        let placed = self.store.put(open.id(), vec![ready.put]).await;
        let placed = placed.map_err(|error| open.failed(error))?;
        announce(&open, until);
        let sent = placed.into_iter().next().map(|placed| ready.sums.sent(placed, &open));
        sent.ok_or_else(|| QueueError::NoSuchQueue(queue.to_string()))
    }

    /// Each message for itself: those that are right are sent although others are not.
    pub async fn send_batch(
        &self,
        queue: &QueueName,
        messages: Vec<Outgoing>,
    ) -> Result<Vec<Result<Sent, QueueError>>, QueueError> {
        let open = self.opened(queue)?;
        let actual = messages.iter().map(check::size).sum();
        if actual > check::MOST_BATCH_BYTES {
            return Err(QueueError::BatchTooLong { actual, most: check::MOST_BATCH_BYTES });
        }
        let now = self.now();
        let mut puts = Vec::with_capacity(messages.len());
        let mut sums = Vec::with_capacity(messages.len());
        let bodies: Vec<&str> = messages.iter().map(|message| message.body.as_str()).collect();
        let md5s = digest::of_bodies(&bodies);
        for (message, md5) in messages.into_iter().zip(md5s) {
            sums.push(self.ready(&open, message, md5, now).map(|ready| {
                puts.push(ready.put);
                ready.sums
            }));
        }
        let untils: Vec<_> = puts.iter().map(|put| put.until).collect();
        let placed = self.store.put(open.id(), puts).await.map_err(|error| open.failed(error))?;
        untils.into_iter().for_each(|until| announce(&open, until));
        Ok(answered(sums, placed, |sums, placed| Ok(sums.sent(placed, &open))))
    }

    fn ready(
        &self,
        open: &Open,
        message: Outgoing,
        md5: [u8; 16],
        now: Timestamp,
    ) -> Result<Ready, QueueError> {
        check::outgoing(&open.queue, &message)?;
        let trace = message.trace_header.as_deref();
        let sums = Sums {
            body: digest::hex(&md5),
            attributes: digest::of_attributes(&message.attributes),
            system: trace.and_then(digest::of_trace_header),
        };
        let Outgoing { body, attributes, delay, group, deduplication, sender, trace_header } =
            message;
        let delay = delay.unwrap_or(open.queue.delay);
        let group_name = group.as_deref().unwrap_or_default();
        let id = open
            .queue
            .fifo
            .map(|_| deduplication.unwrap_or_else(|| deduplicate::id_of_content(&body)));
        let asked = open.queue.fifo.zip(id.as_deref());
        let asked = asked.map(|(fifo, id)| deduplicate::deduplication(fifo, group_name, id, now));
        let extras = Extras {
            sender,
            deduplication: id,
            trace: trace_header,
            attributes,
            ..Extras::default()
        };
        let message = Message {
            id: self.new_id(),
            sent: now,
            group: group.map(String::into_boxed_str),
            body: body.into_boxed_str(),
            extras: extras.write(),
            md5: Some(md5),
        };
        let until = (!delay.is_zero()).then(|| now.plus(delay));
        let put = Put { until, deduplication: asked, ..Put::new(message) };
        Ok(Ready { put, sums })
    }
}

/// A message that may be kept.
struct Ready {
    put: Put,
    sums: Sums,
}

struct Sums {
    body: String,
    attributes: Option<String>,
    system: Option<String>,
}

impl Sums {
    fn sent(self, placed: Placed, open: &Open) -> Sent {
        Sent {
            id: placed.id.to_string(),
            md5_of_body: self.body,
            md5_of_attributes: self.attributes,
            md5_of_system_attributes: self.system,
            sequence_number: open.is_fifo().then(|| super::sequence_number(placed.number)),
        }
    }
}

fn announce(open: &Open, until: Option<Timestamp>) {
    match until {
        Some(until) => open.live.arrivals.hidden_until(until),
        None => open.live.arrivals.came(),
    }
}
