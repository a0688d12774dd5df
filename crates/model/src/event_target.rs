//! Who takes the events of a rule or a schedule, what they become on the way, and what happens when
//! they are not taken.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html>

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{Arn, FunctionName, MessageOptions, QueueName, Target, TopicName};

/// One target of a rule or a schedule.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EventTarget {
    /// Unique within its rule or schedule.
    pub id: String,
    pub arn: Arn,
    /// The message group of a FIFO queue's or topic's message.
    pub group: Option<String>,
    pub input: TargetInput,
    pub retry: RetryPolicy,
    /// The queue that gets what the target did not take.
    pub dead_letters: Option<Arn>,
    /// Kept and given back as it was set.
    pub role: Option<String>,
}

/// What the target receives.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum TargetInput {
    /// The event as it is.
    #[default]
    Event,
    /// This text.
    Text(String),
    /// The part of the event at this JSON path.
    Path(String),
    /// The template, with `<name>` replaced by the part of the event at the name's path.
    Transformer { paths: BTreeMap<String, String>, template: String },
}

/// How long an event that a target did not take is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RetryPolicy {
    #[serde(with = "crate::units::span")]
    pub most_age: Duration,
    pub most_attempts: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { most_age: Duration::from_hours(24), most_attempts: 185 }
    }
}

impl EventTarget {
    /// The event as it is, with AWS's defaults.
    pub fn new(id: impl Into<String>, arn: Arn) -> Self {
        Self {
            id: id.into(),
            arn,
            group: None,
            input: TargetInput::Event,
            retry: RetryPolicy::default(),
            dead_letters: None,
            role: None,
        }
    }

    /// What has to exist for it to work.
    pub fn references(&self) -> Vec<Arn> {
        std::iter::once(&self.arn).chain(&self.dead_letters).cloned().collect()
    }

    /// Nothing for an ARN of something else than a function, a queue or a topic.
    pub fn target(&self) -> Option<Target> {
        let options = MessageOptions { group: self.group.clone(), ..MessageOptions::default() };
        Target::of(&self.arn, options)
    }
}

impl Target {
    /// The function, queue or topic of this ARN.
    pub fn of(arn: &Arn, options: MessageOptions) -> Option<Self> {
        let resource = arn.resource();
        match arn.service() {
            "lambda" => {
                let named = resource.strip_prefix("function:")?;
                let (name, qualifier) = match named.split_once(':') {
                    None => (named, None),
                    Some((name, qualifier)) => (name, Some(qualifier.to_owned())),
                };
                Some(Self::Function { name: FunctionName::parse(name).ok()?, qualifier })
            }
            "sqs" => Some(Self::Queue { name: QueueName::parse(resource).ok()?, options }),
            "sns" => Some(Self::Topic { name: TopicName::parse(resource).ok()?, options }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_its_target() {
        let named = |text| {
            let arn = Arn::parse(text).expect("an ARN");
            format!("{:?}", EventTarget::new("1", arn).target())
        };
        for (arn, expected) in [
            (
                "arn:aws:lambda:us-east-1:000000000000:function:hello",
                r#"Some(Function { name: "hello", qualifier: None })"#,
            ),
            (
                "arn:aws:lambda:us-east-1:000000000000:function:hello:prod",
                r#"Some(Function { name: "hello", qualifier: Some("prod") })"#,
            ),
            ("arn:aws:states:us-east-1:000000000000:stateMachine:x", "None"),
            ("arn:aws:lambda:us-east-1:000000000000:layer:x", "None"),
        ] {
            assert_eq!(named(arn), expected, "{arn}");
        }
        assert!(named("arn:aws:sqs:us-east-1:000000000000:jobs").starts_with("Some(Queue"));
        assert!(named("arn:aws:sns:us-east-1:000000000000:news").starts_with("Some(Topic"));
    }
}
