//! Messages of queues and topics, as mappings and topics write them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use messaging::topic::Sample as Published;
use messaging::{Received, digest};
use model::QueueName;

use super::{Flag, Given, REGION, Sample, SampleProblem, flag};

const BODY: &str = r#"{"orderId": "7"}"#;

const QUEUE_FLAGS: &[Flag] = &[
    flag("queue", "The queue's name", "sample"),
    flag("body", "The message's body", BODY),
    flag("count", "How many messages, up to 10,000", "1"),
    REGION,
];

pub(super) const QUEUE: Sample = Sample {
    source: "sqs",
    kind: "receive-message",
    about: "Messages of a queue",
    flags: QUEUE_FLAGS,
    make: received,
};

const TOPIC_FLAGS: &[Flag] = &[
    flag("topic", "The topic's name", "sample"),
    flag("message", "What was published", BODY),
    flag("subject", "The message's subject", ""),
    REGION,
];

pub(super) const TOPIC: Sample = Sample {
    source: "sns",
    kind: "notification",
    about: "A message of a topic",
    flags: TOPIC_FLAGS,
    make: published,
};

/// The largest batch that a mapping takes.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
const MOST: u32 = 10_000;

fn received(given: &Given<'_>) -> Result<String, SampleProblem> {
    let queue = QueueName::parse(given.text("queue"))
        .map_err(|problem| given.problem("queue", problem.to_string()))?;
    let count = given.text("count").parse().ok().filter(|count| (1..=MOST).contains(count));
    let count: u32 =
        count.ok_or_else(|| given.problem("count", format!("expected 1 to {MOST}")))?;
    let messages: Vec<_> = (0..count).map(|nth| message(given, &queue, nth)).collect();
    Ok(triggers::queue_event(&messages, &given.account.arn("sqs", &queue)))
}

fn message(given: &Given<'_>, queue: &QueueName, nth: u32) -> Received {
    let body = given.text("body").to_owned();
    let in_order = |text: String| queue.is_fifo().then_some(text);
    let random = given.random.wrapping_add(u128::from(nth));
    Received {
        id: model::RequestId::from_random(random).to_string(),
        receipt_handle: BASE64_STANDARD.encode(random.to_be_bytes()),
        md5_of_body: digest::hex(&digest::of_body(&body)),
        body,
        attributes: Vec::new(),
        sent: given.now,
        receive_count: 1,
        first_received: given.now,
        sender: given.account.id.to_string(),
        group: in_order("sample".to_owned()),
        deduplication: in_order(format!("{random:032x}")),
        sequence_number: in_order(format!("{:020}", nth + 1)),
        dead_letter_of: None,
        trace_header: None,
    }
}

fn published(given: &Given<'_>) -> Result<String, SampleProblem> {
    let topic = given.text("topic");
    model::TopicName::parse(topic).map_err(|it| given.problem("topic", it.to_string()))?;
    let message = Published {
        topic: topic.to_owned(),
        message: given.text("message").to_owned(),
        subject: given.optional("subject").map(str::to_owned),
        ids: [given.id(0), given.id(1)],
        at: given.now,
        base: "http://127.0.0.1:4566".to_owned(),
    };
    Ok(message.event(&given.account))
}
