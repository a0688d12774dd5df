//! Names of queues and topics, whose bounds AWS sets apart: `.fifo` at the end of one means
//! something.

use std::fmt;
use std::sync::Arc;

use super::NameProblem;

/// The end of a FIFO queue's or topic's name, which counts towards its length.
const FIFO: &str = ".fifo";

fn check(text: &str, max: usize) -> Result<(), NameProblem> {
    let stem = text.strip_suffix(FIFO).unwrap_or(text);
    if stem.is_empty() {
        return Err(NameProblem::Empty);
    }
    let actual = text.chars().count();
    if actual > max {
        return Err(NameProblem::TooLong { max, actual });
    }
    match stem.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')) {
        Some(stranger) => Err(NameProblem::Character(stranger)),
        None => Ok(()),
    }
}

macro_rules! message_names {
    ($($(#[$doc:meta])* $name:ident: $max:literal),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Accepts ASCII letters, digits, `-` and `_`, and `.fifo` at the end.
            pub fn parse(text: &str) -> Result<Self, NameProblem> {
                check(text, $max)?;
                Ok(Self(text.into()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }

            pub fn is_fifo(&self) -> bool {
                self.0.ends_with(FIFO)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )+};
}

message_names! {
    /// Names a queue: at most 80 characters.
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html>
    QueueName: 80,
    /// Names a topic: at most 256 characters.
    /// <https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html>
    TopicName: 256,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_makes_it_fifo() {
        let fifo = |text| QueueName::parse(text).map(|name| name.is_fifo());
        assert_eq!(fifo("jobs"), Ok(false));
        assert_eq!(fifo("jobs.fifo"), Ok(true));
        assert_eq!(fifo("jobs.lifo"), Err(NameProblem::Character('.')));
        assert_eq!(fifo(".fifo"), Err(NameProblem::Empty));
    }

    #[test]
    fn a_queue_has_80_characters_and_a_topic_256() {
        let long = "x".repeat(81);
        assert_eq!(QueueName::parse(&long), Err(NameProblem::TooLong { max: 80, actual: 81 }));
        assert!(TopicName::parse(&long).is_ok());
    }
}
