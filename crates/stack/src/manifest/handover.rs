//! What routes say that hand something over, as it is written.

use serde_json::{Value as Json, json};

use crate::problem::Code;
use crate::shape::{Refused, Text, choice, text_shape};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvokeMode {
    Sync,
    Async,
}

choice!(InvokeMode: "a way to run a function" {
    /// The client gets the function's answer.
    "sync" => InvokeMode::Sync,
    /// The client gets 202 once the event is stored; the function runs later, and again if it fails.
    "async" => InvokeMode::Async,
});

/// The name of a message attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AttributeName(pub(crate) String);

impl Text for AttributeName {
    const WHAT: &'static str = "the name of a message attribute";

    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>
    fn parse(text: &str) -> Result<Self, Refused> {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let lower = text.to_ascii_lowercase();
        let is_reserved = lower.starts_with("aws.") || lower.starts_with("amazon.");
        let has_dots = text.starts_with('.') || text.ends_with('.') || text.contains("..");
        if text.len() <= 256 && text.chars().all(is_allowed) && !is_reserved && !has_dots {
            return Ok(Self(text.to_owned()));
        }
        Err(Refused::new(Code::Name, "is not the name of a message attribute")
            .help("use letters, digits, `_`, `-` and single dots; `AWS.` and `Amazon.` are taken"))
    }

    fn text_schema() -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z0-9_.-]{1,256}$" })
    }
}

text_shape!(AttributeName);
