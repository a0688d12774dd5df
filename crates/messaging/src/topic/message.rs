//! A message as its publisher gives it, and as it is kept.

use std::collections::BTreeMap;

use model::topic::Protocol;
use model::{Arn, AttributeData, AttributeValue, Timestamp, Topic};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::StoreError;

/// The most bytes of a message, its attributes included.
const MOST_BYTES: usize = 262_144;
const MOST_SUBJECT: usize = 100;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    pub body: String,
    pub structure: Structure,
    pub subject: Option<String>,
    pub attributes: Vec<(String, AttributeValue)>,
    pub group: Option<String>,
    pub deduplication: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Structure {
    /// One body for everybody.
    #[default]
    Text,
    /// A JSON object with a body for each protocol, and a `default`.
    Json,
}

/// Why a message was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    #[error("the topic does not exist")]
    NoTopic,
    #[error("the message is empty")]
    Empty,
    #[error("the message is over the limit of {MOST_BYTES} bytes")]
    TooLong,
    #[error("the subject is empty, longer than {MOST_SUBJECT} characters or not one line of text")]
    Subject,
    #[error("the message is no JSON object, as its structure says")]
    Unparsable,
    #[error("the message has no text under `default`")]
    WithoutDefault,
    #[error("a FIFO topic's message needs a group")]
    GroupRequired,
    #[error(
        "a FIFO topic's message needs a deduplication id, unless the topic makes it of the body"
    )]
    DeduplicationRequired,
    #[error("a standard topic's message has no deduplication id")]
    DeduplicationOnStandard,
    /// It may be accepted later.
    #[error(transparent)]
    Unavailable(#[from] StoreError),
}

/// A message that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    pub id: String,
    pub topic: Arn,
    pub at: Timestamp,
    pub subject: Option<String>,
    pub bodies: Bodies,
    pub attributes: Vec<(String, AttributeValue)>,
    pub fifo: Option<InOrder>,
    /// A standard topic's group, which queues get to know.
    pub group: Option<String>,
}

/// What a FIFO topic adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InOrder {
    pub group: String,
    pub deduplication: String,
    pub sequence: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bodies {
    One(String),
    /// `default` among them.
    ByProtocol(BTreeMap<String, String>),
}

impl Bodies {
    pub fn of(&self, protocol: Protocol) -> &str {
        match self {
            Self::One(body) => body,
            Self::ByProtocol(bodies) => {
                let own = bodies.get(protocol.as_str()).or_else(|| bodies.get("default"));
                own.map_or("", String::as_str)
            }
        }
    }
}

/// A message that its topic can take.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) bodies: Bodies,
    /// Of a FIFO topic: the group and the deduplication id.
    pub(super) fifo: Option<(String, String)>,
}

impl Message {
    pub(super) fn check(&self, topic: &Topic) -> Result<Checked, PublishError> {
        if self.body.is_empty() {
            return Err(PublishError::Empty);
        }
        if self.bytes() > MOST_BYTES {
            return Err(PublishError::TooLong);
        }
        if self.subject.as_deref().is_some_and(|subject| !is_subject(subject)) {
            return Err(PublishError::Subject);
        }
        let fifo = self.check_order(topic)?;
        let bodies = match self.structure {
            Structure::Text => Bodies::One(self.body.clone()),
            Structure::Json => by_protocol(&self.body)?,
        };
        Ok(Checked { bodies, fifo })
    }

    fn check_order(&self, topic: &Topic) -> Result<Option<(String, String)>, PublishError> {
        let Some(fifo) = topic.fifo else {
            let has_id = self.deduplication.is_some();
            return if has_id { Err(PublishError::DeduplicationOnStandard) } else { Ok(None) };
        };
        let group = self.group.clone().ok_or(PublishError::GroupRequired)?;
        let id = match &self.deduplication {
            Some(id) => id.clone(),
            None if fifo.deduplicates_content => format!("{:x}", Sha256::digest(&self.body)),
            None => return Err(PublishError::DeduplicationRequired),
        };
        Ok(Some((group, id)))
    }

    /// SNS counts an attribute's name and type too.
    pub fn bytes(&self) -> usize {
        let attributes = self.attributes.iter().map(|(name, attribute)| {
            let value = match &attribute.value {
                AttributeData::Text(text) => text.len(),
                AttributeData::Binary(bytes) => bytes.len(),
            };
            name.len() + attribute.data_type.len() + value
        });
        self.body.len() + attributes.sum::<usize>()
    }
}

/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
fn is_subject(subject: &str) -> bool {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    !subject.is_empty() && subject.chars().count() <= MOST_SUBJECT && !subject.contains(breaks)
}

/// What is no text is passed over, as if it was not there.
fn by_protocol(body: &str) -> Result<Bodies, PublishError> {
    let Ok(Value::Object(members)) = serde_json::from_str(body) else {
        return Err(PublishError::Unparsable);
    };
    let mut bodies = BTreeMap::new();
    for (protocol, body) in members {
        if let Value::String(body) = body {
            bodies.insert(protocol, body);
        }
    }
    if !bodies.contains_key("default") {
        return Err(PublishError::WithoutDefault);
    }
    Ok(Bodies::ByProtocol(bodies))
}

#[cfg(test)]
mod tests {
    use model::TopicName;

    use super::*;

    fn check(topic: &str, message: &Message) -> Result<Checked, PublishError> {
        message.check(&Topic::new(TopicName::parse(topic).expect("a name")))
    }

    fn message(body: &str) -> Message {
        Message { body: body.to_owned(), ..Message::default() }
    }

    #[test]
    fn a_message_has_a_body_of_bounded_size() {
        assert!(check("news", &message("m")).is_ok());
        assert_eq!(check("news", &message("")), Err(PublishError::Empty));
        assert!(check("news", &message(&"x".repeat(MOST_BYTES))).is_ok());
        let mut full = message(&"x".repeat(MOST_BYTES - 10));
        let value = AttributeData::Text("xxx".to_owned());
        full.attributes =
            vec![("a".to_owned(), AttributeValue { data_type: "String".to_owned(), value })];
        assert!(check("news", &full).is_ok());
        full.body.push('x');
        assert_eq!(check("news", &full), Err(PublishError::TooLong));
    }

    #[test]
    fn a_subject_is_one_short_line() {
        let with = |subject: &str| {
            let subject = Some(subject.to_owned());
            check("news", &Message { subject, ..message("m") }).map(|_| ())
        };
        for subject in ["hello", "\u{fc}ber", &"\u{fc}".repeat(100)] {
            assert_eq!(with(subject), Ok(()), "{subject:?}");
        }
        for subject in ["", "two\nlines", "a\u{2028}b", "a\u{7}", &"x".repeat(101)] {
            assert_eq!(with(subject), Err(PublishError::Subject), "{subject:?}");
        }
    }

    #[test]
    fn a_structure_has_a_default() {
        let json = |body| check("news", &Message { structure: Structure::Json, ..message(body) });
        let bodies = json(r#"{"default":"d","sqs":"q","http":5}"#).expect("accepted").bodies;
        assert_eq!((bodies.of(Protocol::Sqs), bodies.of(Protocol::Http)), ("q", "d"));
        assert_eq!(json("{").err(), Some(PublishError::Unparsable));
        assert_eq!(json(r#"{"sqs":"q"}"#).err(), Some(PublishError::WithoutDefault));
        assert_eq!(json(r#"{"default":{"a":1}}"#).err(), Some(PublishError::WithoutDefault));
    }

    #[test]
    fn a_fifo_message_has_a_group_and_an_id() {
        let fifo = |group: Option<&str>, id: Option<&str>| {
            let (group, deduplication) = (group.map(str::to_owned), id.map(str::to_owned));
            check("news.fifo", &Message { group, deduplication, ..message("m") }).map(|c| c.fifo)
        };
        assert_eq!(fifo(None, None), Err(PublishError::GroupRequired));
        assert_eq!(fifo(Some("g"), None), Err(PublishError::DeduplicationRequired));
        let both = Some(("g".to_owned(), "i".to_owned()));
        assert_eq!(fifo(Some("g"), Some("i")), Ok(both));
        let id = Some("i".to_owned());
        let standard = check("news", &Message { deduplication: id, ..message("m") });
        assert_eq!(standard, Err(PublishError::DeduplicationOnStandard));
    }
}
