//! Queues as they are declared.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{Arn, Declared, QueueName, Snapshot};

/// A queue and how it treats its messages.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Queue {
    pub name: QueueName,
    /// `None` is a standard queue.
    pub fifo: Option<Fifo>,
    /// How long a received message stays hidden.
    #[serde(with = "crate::units::span")]
    pub visibility: Duration,
    /// How long a message that is sent stays hidden.
    #[serde(with = "crate::units::span")]
    pub delay: Duration,
    #[serde(with = "crate::units::span")]
    pub retention: Duration,
    /// The most bytes of a message, attributes included.
    pub most_bytes: u32,
    /// How long a receive waits for the first message.
    #[serde(with = "crate::units::span")]
    pub wait: Duration,
    pub redrive: Option<Redrive>,
    pub redrive_allow: RedriveAllow,
    /// Kept and given back as it was set.
    pub policy: Option<String>,
    pub tags: BTreeMap<String, String>,
}

/// Whether a text can name a message's group, or tell it from its copies.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
pub fn is_message_token(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl Queue {
    /// With AWS's defaults; a name that ends in `.fifo` makes a FIFO queue.
    pub fn new(name: QueueName) -> Self {
        let fifo = name.is_fifo().then(Fifo::default);
        Self {
            name,
            fifo,
            visibility: Duration::from_secs(30),
            delay: Duration::ZERO,
            retention: Duration::from_hours(96),
            most_bytes: 1_048_576,
            wait: Duration::ZERO,
            redrive: None,
            redrive_allow: RedriveAllow::All,
            policy: None,
            tags: BTreeMap::new(),
        }
    }

    /// The way of this queue's dead letters, if they come back to it: its name first and last.
    pub fn dead_letter_circle(&self, all: &Snapshot) -> Option<Vec<String>> {
        let mut way = vec![self.name.to_string()];
        let mut next = self.redrive.as_ref();
        while let Some(redrive) = next {
            let to = redrive.to.resource().to_owned();
            let is_known = way.contains(&to);
            let is_own = to == self.name.as_str();
            next = all.get::<Self>(&to).and_then(|queue| queue.redrive.as_ref());
            way.push(to);
            if is_own {
                return Some(way);
            }
            if is_known {
                // Another circle, which is found from its own queues.
                return None;
            }
        }
        None
    }
}

impl Declared for Queue {
    fn name(&self) -> String {
        self.name.to_string()
    }

    fn references(&self) -> Vec<Arn> {
        self.redrive.iter().map(|redrive| redrive.to.clone()).collect()
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Fifo {
    /// The deduplication id of a message without one is the SHA-256 of its body.
    pub deduplicates_content: bool,
    /// `DeduplicationScope: messageGroup`.
    pub deduplicates_by_group: bool,
    /// `FifoThroughputLimit: perMessageGroupId`.
    pub throughput_by_group: bool,
}

/// Where a message goes that was received `after` times and not deleted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Redrive {
    pub to: Arn,
    pub after: u32,
}

/// Which queues may name this one as their dead-letter queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum RedriveAllow {
    #[default]
    All,
    None,
    /// At most ten.
    Only(Vec<Arn>),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Account, Resource};

    #[test]
    fn dead_letters_that_come_back_are_a_circle() {
        let queue = |(name, to): (&str, Option<&str>)| {
            let mut queue = Queue::new(QueueName::parse(name).expect("a name"));
            let to = to.map(|to| Account::default().arn("sqs", to));
            queue.redrive = to.map(|to| Redrive { to, after: 3 });
            queue
        };
        let kept = [("a", Some("b")), ("b", Some("c")), ("c", Some("b")), ("d", None)];
        let kept: Snapshot = kept.map(queue).into_iter().map(Resource::from).collect();
        for (name, to, expected) in [
            ("x", "x", "x x"),
            ("d", "a", ""),
            ("c", "a", "c a b c"),
            ("b", "d", ""),
            ("b", "a", "b a b"),
            ("x", "gone", ""),
        ] {
            let way = queue((name, Some(to))).dead_letter_circle(&kept);
            assert_eq!(way.unwrap_or_default().join(" "), expected, "{name} -> {to}");
        }
    }
}
