//! Topics and their subscriptions as they are written.

use model::topic::SignatureVersion;
use model::{FilterScope, FunctionName, QueueName, TopicName};

use super::Name;
use super::queue::{Dedup, TagName};
use super::sequence::JsonText;
use crate::shape::{Filled, Map, Spanned, choice, record};

record! {
    /// A point that messages are published to, as in Amazon SNS: each goes to every subscription.
    Topic is "a topic" {
        /// The sender's name in e-mail.
        optional display_name: String;
        /// Whether subscribed FIFO queues get the messages of a group in order. A FIFO topic's name ends
        /// in `.fifo`, which is enough to make it one.
        optional fifo: Spanned<bool>;
        /// For a FIFO topic: what tells duplicates within five minutes.
        optional dedup: Spanned<Dedup>;
        /// For a FIFO topic: whether it tells duplicates within each message group alone.
        optional high_throughput: Spanned<bool>;
        /// What signatures of its messages are made with.
        defaulted signature: SignatureVersion = "sha1";
        /// Who gets its messages.
        optional subscriptions: Vec<Subscription>;
        /// Texts that people and tools sort topics by.
        optional tags: Map<TagName, String>;
    }
}

record! {
    /// Who gets a topic's messages: one of a queue, a function, a URL and an address.
    Subscription is "a subscription" {
        /// One of this stack's queues.
        optional queue: Spanned<Name<QueueName>>;
        /// One of this stack's functions, which is invoked with each message.
        optional function: Spanned<Name<FunctionName>>;
        /// An `http://` or `https://` URL that each message is posted to.
        optional url: Spanned<Filled>;
        /// An e-mail address.
        optional email: Spanned<Filled>;
        /// Which messages it gets, as a filter policy: `{ kind: [order, { prefix: re }] }`. All, when not
        /// given.
        optional filter: JsonText;
        /// What the filter looks at.
        defaulted filter_on: FilterScope = "attributes";
        /// Whether messages come as they were published, without an envelope.
        optional raw: Spanned<bool>;
        /// A queue of this stack for messages that could not be delivered.
        optional dead_letters: Spanned<Name<QueueName>>;
    }
}

choice!(FilterScope: "a part of a message" {
    /// The message's attributes.
    "attributes" => FilterScope::MessageAttributes,
    /// The message's body, which is JSON.
    "body" => FilterScope::MessageBody,
});

choice!(SignatureVersion: "a way to sign messages" {
    /// SHA-1, AWS's version 1.
    "sha1" => SignatureVersion::Sha1,
    /// SHA-256, AWS's version 2.
    "sha256" => SignatureVersion::Sha256,
});

/// For references to a topic.
pub(crate) type WrittenTopic = Spanned<Name<TopicName>>;
