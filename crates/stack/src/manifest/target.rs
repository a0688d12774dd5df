//! Targets of schedules and event rules as they are written.

use model::{FunctionName, QueueName};

use super::Name;
use super::sequence::JsonText;
use super::topic::WrittenTopic;
use crate::shape::{Filled, Seconds, Spanned, Whole, record};

record! {
    /// What a schedule or an event rule starts: one of a function, a queue and a topic.
    Target is "a target" or just "function" {
        /// One of this stack's functions, which is invoked asynchronously.
        optional function: Spanned<Name<FunctionName>>;
        /// One of this stack's queues.
        optional queue: Spanned<Name<QueueName>>;
        /// One of this stack's topics.
        optional topic: WrittenTopic;
        /// With a FIFO queue or topic: the message group.
        optional group: Spanned<Filled>;
        /// The JSON that it receives. The event itself, when not given.
        optional input: JsonText;
        /// How often it is tried again when it does not take the event.
        defaulted retries: Whole<0, 185> = "185";
        /// How old an event may become before it is given up.
        defaulted max_age: Seconds<60, 86_400> = "1d";
        /// A standard queue of this stack for events that it did not take.
        optional dead_letters: Spanned<Name<QueueName>>;
    }
}
