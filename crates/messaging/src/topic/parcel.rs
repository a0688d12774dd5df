//! What one endpoint gets of a message: its text, in an envelope or without, and what goes beside it.

use http::HeaderName;
use model::topic::Protocol;
use model::{Arn, MessageOptions, QueueName, Target, Topic};

use super::envelope::{self, Seal};
use super::installed::Compiled;
use super::message::Published;
use crate::Topics;

pub(super) struct Parcel {
    pub(super) text: String,
    pub(super) options: MessageOptions,
}

/// SQS takes so many attributes, and raw delivery hands all of them on.
const MOST_ATTRIBUTES: usize = 10;

impl Topics {
    /// In an envelope if there is a seal for it.
    pub(super) fn parcel(
        &self,
        compiled: &Compiled,
        published: &Published,
        seal: Option<&Seal>,
    ) -> Result<Parcel, String> {
        let protocol = compiled.declared.endpoint.protocol();
        let mut options =
            MessageOptions { group: published.group.clone(), ..MessageOptions::default() };
        if let Some(fifo) = &published.fifo {
            options.group = Some(fifo.group.clone());
            options.deduplication = Some(fifo.deduplication.clone());
        }
        let body = published.bodies.of(protocol);
        let Some(seal) = seal else {
            if compiled.declared.raw && protocol == Protocol::Sqs {
                if published.attributes.len() > MOST_ATTRIBUTES {
                    let more = format!("raw delivery takes {MOST_ATTRIBUTES} attributes at most");
                    return Err(more);
                }
                options.attributes.clone_from(&published.attributes);
            }
            let mut text = body.to_owned();
            if protocol == Protocol::Email {
                let link = self.urls().unsubscribe(&compiled.arn);
                text.push_str(&format!("\n\n--\nTo stop receiving these messages, visit {link}\n"));
            }
            return Ok(Parcel { text, options });
        };
        let unsubscribe = self.urls().unsubscribe(&compiled.arn);
        let text = match protocol {
            Protocol::Lambda => envelope::event(published, &compiled.arn, seal, &unsubscribe),
            _ => envelope::notification(published, protocol, seal, &unsubscribe),
        };
        Ok(Parcel { text, options })
    }
}

/// Whether what it gets is signed.
pub(super) fn needs_seal(compiled: &Compiled) -> bool {
    match compiled.declared.endpoint.protocol() {
        Protocol::Sqs | Protocol::Http | Protocol::Https => !compiled.declared.raw,
        Protocol::Lambda | Protocol::EmailJson => true,
        Protocol::Email => false,
    }
}

/// Only FIFO queues have deduplication ids.
pub(super) fn in_queue(arn: &Arn, mut options: MessageOptions) -> Option<Target> {
    let name = QueueName::parse(arn.resource()).ok()?;
    if !name.is_fifo() {
        options.deduplication = None;
    }
    Some(Target::Queue { name, options })
}

fn header(name: &'static str, value: &dyn std::fmt::Display) -> (HeaderName, String) {
    (HeaderName::from_static(name), value.to_string())
}

/// <https://docs.aws.amazon.com/sns/latest/dg/http-header.html>
pub(super) fn headers(
    topic: &Topic,
    compiled: &Compiled,
    published: &Published,
) -> Vec<(HeaderName, String)> {
    let effective = topic.delivery.effective(compiled.declared.delivery.as_ref());
    let mut headers = message_headers("Notification", &published.id, &published.topic);
    headers.push(header("x-amz-sns-subscription-arn", &compiled.arn));
    if compiled.declared.raw {
        headers.push(header("x-amz-sns-rawdelivery", &"true"));
    }
    headers.push(header("content-type", &effective.content_type()));
    headers
}

pub(super) fn message_headers(kind: &str, id: &str, topic: &Arn) -> Vec<(HeaderName, String)> {
    vec![
        header("x-amz-sns-message-type", &kind),
        header("x-amz-sns-message-id", &id),
        header("x-amz-sns-topic-arn", topic),
        header("user-agent", &"Amazon Simple Notification Service Agent"),
    ]
}
