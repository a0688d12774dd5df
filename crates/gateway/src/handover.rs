//! Routes that hand something over, with everything resolved that a request does not decide; and what
//! a request makes of it. Plain functions of values.

use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use model::api::PayloadFormat;
use model::expression::Source;
use model::handover::{Handover, Receiver};
use model::{
    Arn, AttributeData, AttributeValue, FunctionName, MessageOptions, QueueName, TopicName,
};

use crate::refusal::Refusal;
use crate::sequence::evaluate::Scene;
use crate::sequence::{CompileError, Shape, Text};

/// SNS's bound on a message.
/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
const TOPIC_BYTES: usize = 262_144;

pub(crate) struct HandoverPlan {
    pub(crate) to: ReceiverPlan,
    pub(crate) source: Arn,
    body: MessageBody,
    group: Option<Text>,
    deduplication: Option<Text>,
    attributes: Box<[(String, Text)]>,
    subject: Option<Text>,
}

pub(crate) enum ReceiverPlan {
    Queue { name: QueueName, most_bytes: usize },
    Topic(TopicName),
    Function { name: FunctionName, payload: PayloadFormat },
}

enum MessageBody {
    /// The request's, byte for byte.
    Raw,
    Made(Shape),
}

/// Why a request makes no message. It says nothing of what the request holds, and so may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoMessage {
    #[error("the request lacks a value that the message's {0} is made of")]
    Lacks(String),
    #[error("the message is empty")]
    Empty,
    #[error("the message has bytes that are no text, or characters that no message may have")]
    NoText,
    #[error("the message has {bytes} bytes, more than the {most} that it may have")]
    TooLarge { bytes: usize, most: usize },
}

impl NoMessage {
    pub(crate) fn refusal(&self) -> Refusal {
        match self {
            Self::Lacks(_) | Self::Empty | Self::NoText => Refusal::BadRequest,
            Self::TooLarge { .. } => Refusal::BodyTooLarge,
        }
    }
}

/// What one request hands over to a queue or a topic.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) payload: Bytes,
    pub(crate) options: MessageOptions,
}

impl HandoverPlan {
    pub(crate) fn compile(handover: &Handover) -> Result<Self, CompileError> {
        let text =
            |text: &Option<String>| text.as_ref().map(|text| Text::compile(text, &[])).transpose();
        let attributes = handover
            .attributes
            .iter()
            .map(|(name, value)| Ok::<_, CompileError>((name.clone(), Text::compile(value, &[])?)));
        Ok(Self {
            to: match &handover.to {
                Receiver::Queue { name, most_bytes } => ReceiverPlan::Queue {
                    name: name.clone(),
                    most_bytes: usize::try_from(*most_bytes).unwrap_or(usize::MAX),
                },
                Receiver::Topic(name) => ReceiverPlan::Topic(name.clone()),
                Receiver::Function { name, payload } => {
                    ReceiverPlan::Function { name: name.clone(), payload: *payload }
                }
            },
            source: handover.source.clone(),
            body: match &handover.body {
                None => MessageBody::Raw,
                Some(body) => match Shape::compile(body, &[])? {
                    Shape::One(Source::Raw) => MessageBody::Raw,
                    shape => MessageBody::Made(shape),
                },
            },
            group: text(&handover.group)?,
            deduplication: text(&handover.deduplication)?,
            attributes: attributes.collect::<Result<_, _>>()?,
            subject: text(&handover.subject)?,
        })
    }

    /// The message that a request makes. What is missing in it is the client's to add.
    pub(crate) fn message(&self, scene: &Scene<'_>) -> Result<Message, NoMessage> {
        let payload = match &self.body {
            MessageBody::Raw => scene.body.bytes.clone(),
            MessageBody::Made(shape) => {
                let made = shape.fill(scene).map_err(|_| lacks("body"))?;
                match made {
                    // A text is the message itself, not JSON of it.
                    serde_json::Value::String(text) => text.into(),
                    json => json.to_string().into(),
                }
            }
        };
        // Messages are text that XML can hold, and never empty.
        if payload.is_empty() {
            return Err(NoMessage::Empty);
        }
        if !is_sendable(&payload) {
            return Err(NoMessage::NoText);
        }
        let text = |text: &Option<Text>, part| {
            let filled = text.as_ref().map(|text| text.fill(scene)).transpose();
            filled.map_err(|_| lacks(part))
        };
        let message = Message {
            payload,
            options: MessageOptions {
                group: text(&self.group, "group")?,
                deduplication: text(&self.deduplication, "deduplication id")?,
                attributes: self.attributes(scene)?,
                subject: text(&self.subject, "subject")?,
            },
        };
        let (bytes, most) = (message.bytes(), self.most_bytes());
        if bytes > most {
            return Err(NoMessage::TooLarge { bytes, most });
        }
        Ok(message)
    }

    fn attributes(&self, scene: &Scene<'_>) -> Result<Vec<(String, AttributeValue)>, NoMessage> {
        let mut attributes = Vec::with_capacity(self.attributes.len());
        for (name, text) in &self.attributes {
            let filled = text.fill_optional(scene);
            let filled = filled.map_err(|_| lacks(format_args!("attribute `{name}`")))?;
            // An attribute cannot be empty.
            let Some(value) = filled.filter(|value| !value.is_empty()) else { continue };
            let value = AttributeData::Text(value);
            attributes
                .push((name.clone(), AttributeValue { data_type: "String".to_owned(), value }));
        }
        Ok(attributes)
    }

    fn most_bytes(&self) -> usize {
        match &self.to {
            ReceiverPlan::Queue { most_bytes, .. } => *most_bytes,
            ReceiverPlan::Topic(_) => TOPIC_BYTES,
            ReceiverPlan::Function { .. } => usize::MAX,
        }
    }
}

fn lacks(part: impl fmt::Display) -> NoMessage {
    NoMessage::Lacks(part.to_string())
}

impl Message {
    /// As SQS and SNS count them: names and types of attributes count, too.
    fn bytes(&self) -> usize {
        let attributes = self.options.attributes.iter().map(|(name, attribute)| {
            let value = match &attribute.value {
                AttributeData::Text(text) => text.len(),
                AttributeData::Binary(bytes) => bytes.len(),
            };
            name.len() + attribute.data_type.len() + value
        });
        self.payload.len() + attributes.sum::<usize>()
    }
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
fn is_sendable(payload: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(payload) else { return false };
    text.chars().all(|c| {
        matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
    })
}

/// Of the answer to whoever handed something over.
pub(crate) const ANSWER_TYPE: (http::HeaderName, HeaderValue) =
    (CONTENT_TYPE, HeaderValue::from_static("application/json"));

#[cfg(test)]
mod tests;
