//! Routes that hand something over instead of waiting for an answer: to a queue, a topic, or a
//! function that runs later. Texts in it hold [expressions](crate::expression).

use serde_json::Value;

use crate::api::PayloadFormat;
use crate::{Arn, FunctionName, QueueName, TopicName};

/// What is handed over, and to whom.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Handover {
    pub to: Receiver,
    /// The route, as those who receive it learn where it came from.
    pub source: Arn,
    /// JSON with expressions in its texts; `None` hands over the request's body as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deduplication: Option<String>,
    /// Of the type `String`, in order. One whose only expression finds nothing is left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// Who receives what a route hands over.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Receiver {
    Queue {
        name: QueueName,
        /// The largest message it takes.
        most_bytes: u32,
    },
    Topic(TopicName),
    /// The event is that of a request that waits.
    Function {
        name: FunctionName,
        payload: PayloadFormat,
    },
}
