//! Triggers as they are written: queues whose messages functions get.

use model::{FunctionName, QueueName};
use serde_json::{Value as Json, json};

use super::Name;
use super::queue::TagName;
use super::sequence::JsonText;
use crate::shape::{Map, Refused, Seconds, Spanned, Text, Whole, record, text_shape};

record! {
    /// Polls a queue and invokes a function with what is there, as a Lambda event source mapping does.
    Trigger is "a trigger" {
        /// One of this stack's queues.
        required queue: Spanned<Name<QueueName>>;
        /// One of this stack's functions.
        required function: Spanned<Name<FunctionName>>;
        /// The most messages of one invocation. More than 10 need a `window`; a FIFO queue's are at most 10.
        defaulted batch: Spanned<Whole<1, 10_000>> = "10";
        /// How long a batch waits to become full.
        defaulted window: Spanned<Seconds<0, 300>> = "0s";
        /// The most invocations at a time.
        optional concurrency: Whole<2, 1_000>;
        /// Event patterns, one of which a message must match: `{ body: { kind: [order] } }`. One that
        /// matches none is deleted.
        optional filters: Vec<JsonText>;
        /// Whether the function answers which messages it did not take
        /// (`{"batchItemFailures": [{"itemIdentifier": ..}]}`); the others of the batch are deleted.
        defaulted partial_failures: bool = "false";
        /// Whether it polls at all.
        defaulted enabled: bool = "true";
        /// Texts that people and tools sort triggers by.
        optional tags: Map<TagName, String>;
    }
}

/// The name of a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TriggerName(pub(crate) String);

impl Text for TriggerName {
    const WHAT: &'static str = "the name of a trigger";

    fn parse(text: &str) -> Result<Self, Refused> {
        Name::<FunctionName>::parse(text).map(|name| Self(name.0.to_string()))
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" })
    }
}

text_shape!(TriggerName);
