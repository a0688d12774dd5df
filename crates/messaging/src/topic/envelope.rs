//! The JSON that receivers get.
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html>

mod layout;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use model::topic::{Protocol, SignatureVersion};
use model::{Arn, AttributeData, AttributeValue, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value, json};

use self::layout::Layout;
use super::message::Published;
use super::signer::{Signer, text_of};
use super::url::Urls;

/// What envelopes to receivers are made with.
pub(super) struct Sealing<'a> {
    pub(super) signer: &'a Signer,
    pub(super) version: SignatureVersion,
    pub(super) urls: &'a Urls,
}

/// The signature of one body, which may go to many.
#[derive(Debug, Clone)]
pub(super) struct Seal {
    version: &'static str,
    signature: String,
    certificate: String,
}

impl Seal {
    /// Of a message that nobody published.
    pub(super) fn sample(urls: &Urls) -> Self {
        Self {
            version: SignatureVersion::default().as_str(),
            signature: "EXAMPLE".to_owned(),
            certificate: urls.certificate("EXAMPLE.pem"),
        }
    }
}

impl Sealing<'_> {
    fn seal(&self, members: &[(&str, Option<&str>)]) -> Seal {
        Seal {
            version: self.version.as_str(),
            signature: self.signer.sign(self.version, &text_of(members)),
            certificate: self.urls.certificate(self.signer.file()),
        }
    }

    pub(super) fn of(&self, published: &Published, body: &str) -> Seal {
        self.seal(&[
            ("Message", Some(body)),
            ("MessageId", Some(&published.id)),
            ("Subject", published.subject.as_deref()),
            ("Timestamp", Some(&time_text(published.at))),
            ("TopicArn", Some(published.topic.as_str())),
            ("Type", Some("Notification")),
        ])
    }

    /// The question whether an endpoint wants to be subscribed, or the news that it no longer is.
    pub(super) fn confirmation(&self, question: &Question<'_>) -> String {
        let Question { kind, id, topic, token, at } = question;
        let message = match kind {
            Asked::Subscription => format!(
                "You have chosen to subscribe to the topic {topic}.\nTo confirm the subscription, visit the SubscribeURL included in this message."
            ),
            Asked::Unsubscription => format!(
                "You have chosen to deactivate subscription of the topic {topic}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
            ),
        };
        let (subscribe, time) = (self.urls.confirm(topic, token), time_text(*at));
        let seal = self.seal(&[
            ("Message", Some(&message)),
            ("MessageId", Some(id)),
            ("SubscribeURL", Some(&subscribe)),
            ("Timestamp", Some(&time)),
            ("Token", Some(token)),
            ("TopicArn", Some(topic.as_str())),
            ("Type", Some(kind.as_str())),
        ]);
        text(&Confirmation {
            kind: kind.as_str(),
            message_id: id,
            token,
            topic_arn: topic.as_str(),
            message: &message,
            subscribe_url: &subscribe,
            timestamp: &time,
            signature_version: self.version.as_str(),
            signature: &seal.signature,
            signing_cert_url: &seal.certificate,
        })
    }
}

/// For queues, HTTP endpoints and mail.
pub(super) fn notification(
    published: &Published,
    protocol: Protocol,
    seal: &Seal,
    unsubscribe: &str,
) -> String {
    let attributes = attributes(&published.attributes);
    text(&Notification {
        kind: "Notification",
        message_id: &published.id,
        sequence_number: published.fifo.as_ref().map(|fifo| fifo.sequence.to_string()),
        topic_arn: published.topic.as_str(),
        subject: published.subject.as_deref(),
        message: published.bodies.of(protocol),
        timestamp: &time_text(published.at),
        signature_version: seal.version,
        signature: &seal.signature,
        signing_cert_url: &seal.certificate,
        unsubscribe_url: unsubscribe,
        message_attributes: (!published.attributes.is_empty()).then_some(attributes),
    })
}

/// For functions.
pub(super) fn event(
    published: &Published,
    subscription: &Arn,
    seal: &Seal,
    unsubscribe: &str,
) -> String {
    let record = json!({
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "Sns": {
            "Type": "Notification",
            "MessageId": published.id,
            "TopicArn": published.topic,
            "Subject": published.subject,
            "Message": published.bodies.of(Protocol::Lambda),
            "Timestamp": time_text(published.at),
            "SignatureVersion": seal.version,
            "Signature": seal.signature,
            "SigningCertUrl": seal.certificate,
            "UnsubscribeUrl": unsubscribe,
            "MessageAttributes": attributes(&published.attributes),
        },
    });
    json!({ "Records": [record] }).to_string()
}

pub(super) struct Question<'a> {
    pub(super) kind: Asked,
    pub(super) id: &'a str,
    pub(super) topic: &'a Arn,
    pub(super) token: &'a str,
    pub(super) at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(super) enum Asked {
    Subscription,
    Unsubscription,
}

impl Asked {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Subscription => "SubscriptionConfirmation",
            Self::Unsubscription => "UnsubscribeConfirmation",
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Notification<'a> {
    #[serde(rename = "Type")]
    kind: &'static str,
    message_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<String>,
    topic_arn: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    message: &'a str,
    timestamp: &'a str,
    signature_version: &'a str,
    signature: &'a str,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: &'a str,
    #[serde(rename = "UnsubscribeURL")]
    unsubscribe_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_attributes: Option<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Confirmation<'a> {
    #[serde(rename = "Type")]
    kind: &'static str,
    message_id: &'a str,
    token: &'a str,
    topic_arn: &'a str,
    message: &'a str,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: &'a str,
    timestamp: &'a str,
    signature_version: &'a str,
    signature: &'a str,
    #[serde(rename = "SigningCertURL")]
    signing_cert_url: &'a str,
}

fn text(envelope: &impl Serialize) -> String {
    let mut text = Vec::new();
    let mut to = serde_json::Serializer::with_formatter(&mut text, Layout::default());
    // Texts can always be written into memory.
    let _ = envelope.serialize(&mut to);
    String::from_utf8(text).unwrap_or_default()
}

fn attributes(attributes: &[(String, AttributeValue)]) -> Value {
    let mut members = Map::new();
    for (name, AttributeValue { data_type, value }) in attributes {
        let value = match value {
            AttributeData::Text(text) => text.clone(),
            AttributeData::Binary(bytes) => BASE64_STANDARD.encode(bytes),
        };
        members.insert(name.clone(), json!({ "Type": data_type, "Value": value }));
    }
    Value::Object(members)
}

/// `2012-03-22T01:45:32.123Z`.
pub(super) fn time_text(at: Timestamp) -> String {
    let millis = i64::try_from(at.0).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests;
