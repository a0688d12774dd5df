//! Queues as they are written.

use model::QueueName;
use serde_json::{Value as Json, json};

use super::Name;
use crate::problem::Code;
use crate::shape::{Map, Refused, Seconds, Size, Spanned, Text, Whole, choice, record, text_shape};

record! {
    /// Messages that wait until somebody takes them, as in Amazon SQS.
    Queue is "a queue" {
        /// How long a message that was received stays hidden from others. It is theirs again if it was
        /// not deleted by then.
        defaulted visibility: Seconds<0, 43_200> = "30s";
        /// How long a message that is sent stays hidden.
        defaulted delay: Seconds<0, 900> = "0s";
        /// How long a message is kept that nobody deletes.
        defaulted retention: Seconds<60, 1_209_600> = "4d";
        /// How long a receive waits for a first message, when it does not say so itself.
        defaulted wait: Seconds<0, 20> = "0s";
        /// The largest message, its attributes included.
        defaulted max_size: Size<{ 1 << 10 }, { 1 << 20 }> = "1MB";
        /// Whether messages of one group are received in order and duplicates are dropped. A FIFO
        /// queue's name ends in `.fifo`, which is enough to make it one.
        optional fifo: Spanned<bool>;
        /// For a FIFO queue: what tells duplicates within five minutes.
        optional dedup: Spanned<Dedup>;
        /// For a FIFO queue: whether it tells duplicates within each message group alone, and has no
        /// common bound on its rate.
        optional high_throughput: Spanned<bool>;
        /// Where messages go that nobody deletes, however often they are received.
        optional redrive: Redrive;
        /// For a dead-letter queue: the queues whose messages may go there, ten at most; `[]` for none.
        /// All, when not given.
        optional redrive_from: Spanned<Vec<Name<QueueName>>>;
        /// Texts that people and tools sort queues by.
        optional tags: Map<TagName, String>;
    }
}

record! {
    /// Where messages go that are received again and again.
    Redrive is "a redrive policy" or just "to" {
        /// The dead-letter queue, one of this stack's. That of a FIFO queue is a FIFO queue, too.
        required to: Spanned<Name<QueueName>>;
        /// How often a message is received before it goes there.
        defaulted after: Whole<1, 1_000> = "5";
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dedup {
    Id,
    Content,
}

choice!(Dedup: "a way to tell duplicates" {
    /// Each message brings a deduplication id.
    "id" => Dedup::Id,
    /// The message's body, where it brings no deduplication id.
    "content" => Dedup::Content,
});

/// The name of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TagName(pub(crate) String);

impl Text for TagName {
    const WHAT: &'static str = "the name of a tag";

    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html>
    fn parse(text: &str) -> Result<Self, Refused> {
        let is_allowed = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
        if text.chars().count() > 128 || !text.chars().all(is_allowed) {
            return Err(Refused::new(Code::Name, "is not the name of a tag")
                .help("use up to 128 letters, digits, spaces and `_`, `.`, `:`, `/`, `=`, `+`, `-` or `@`"));
        }
        Ok(Self(text.to_owned()))
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "minLength": 1, "maxLength": 128 })
    }
}

text_shape!(TagName);
