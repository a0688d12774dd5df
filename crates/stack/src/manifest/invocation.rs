//! How functions are reached beside routes and triggers, as it is written.

use model::{FunctionName, InvokeMode, QueueName, TopicName, UrlAuth};

use super::{Cors, Name};
use crate::shape::{Seconds, Spanned, Whole, choice, record};

record! {
    /// An address of a function's own: `http://<id>.lambda-url.us-east-1.localhost:3000/`.
    FunctionUrl is "a function URL" or just "auth" {
        /// Whose requests are answered.
        required auth: UrlAuth;
        /// When a streamed answer begins.
        defaulted mode: InvokeMode = "buffered";
        /// Cross-origin settings. Without them, the function answers browsers' questions itself.
        optional cors: Cors;
    }
}

choice!(UrlAuth: "whose requests a function URL answers" {
    /// Everybody's.
    "none" => UrlAuth::None,
    /// Those that are signed (Signature Version 4, service `lambda`).
    "iam" => UrlAuth::Iam,
});

choice!(InvokeMode: "when a streamed answer begins" {
    /// Once it is complete.
    "buffered" => InvokeMode::Buffered,
    /// With its first bytes.
    "stream" => InvokeMode::ResponseStream,
});

record! {
    /// How a function's asynchronous invocations are retried, and who is told their outcome.
    Asynchronous is "an asynchronous setting" {
        /// How often an event whose invocation failed is tried again: 2 when not given.
        optional retries: Whole<0, 2>;
        /// How old an event may become before it is given up: 6h when not given.
        optional max_age: Seconds<60, 21_600>;
        /// Who is told when an invocation succeeded.
        optional on_success: Destination;
        /// Who is told when an event was given up.
        optional on_failure: Destination;
        /// Who gets an event that was given up, as it came: a queue or a topic.
        optional dead_letters: Destination;
    }
}

record! {
    /// Who is told the outcome of an asynchronous invocation: one of a function, a queue, a topic and the event bus.
    Destination is "a destination" {
        /// One of this stack's functions, which is invoked asynchronously.
        optional function: Spanned<Name<FunctionName>>;
        /// One of this stack's standard queues.
        optional queue: Spanned<Name<QueueName>>;
        /// One of this stack's standard topics.
        optional topic: Spanned<Name<TopicName>>;
        /// An event bus, whose rules then match the outcome.
        optional bus: Spanned<Bus>;
    }
}

/// Which event bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bus {
    Default,
}

choice!(Bus: "an event bus" {
    /// The only one.
    "default" => Bus::Default,
});
