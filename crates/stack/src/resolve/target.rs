//! What events, messages and schedules lead to.

use model::{Arn, EventTarget, QueueName, RetryPolicy, TargetInput};

use super::Scope;
use super::reference::Defined;
use crate::manifest::{self, Name};
use crate::problem::{Code, Problem};
use crate::shape::{Placed, Spanned};
use crate::source::Span;

/// Whether messages need a group, and what to call whoever takes them.
struct Taker {
    arn: Arn,
    is_fifo: bool,
    noun: &'static str,
}

impl Scope<'_> {
    pub(super) fn queue_arn(&mut self, name: &Spanned<Name<QueueName>>) -> Arn {
        self.refer(Defined::Queue, name.value.0.as_str(), name.span);
        self.account.arn("sqs", &name.value.0)
    }

    pub(super) fn function_arn(&mut self, name: &Spanned<Name<model::FunctionName>>) -> Arn {
        self.refer(Defined::Function, name.value.0.as_str(), name.span);
        self.account.arn("lambda", format_args!("function:{}", name.value.0))
    }

    pub(super) fn topic_arn(&mut self, name: &Spanned<Name<model::TopicName>>) -> Arn {
        self.refer(Defined::Topic, name.value.0.as_str(), name.span);
        self.account.arn("sns", &name.value.0)
    }

    /// A standard queue for what `whose` could not deliver.
    pub(super) fn dead_letters(
        &mut self,
        written: Option<&Spanned<Name<QueueName>>>,
        whose: &str,
    ) -> Option<Arn> {
        let name = written?;
        if name.value.0.is_fifo() {
            let message = format!("the dead letters of {whose} go to a standard queue");
            let problem = Problem::new(Code::Redrive, message).at(name.span, "");
            self.problems.push(problem.help("name a queue that does not end in `.fifo`"));
        }
        Some(self.queue_arn(name))
    }

    pub(super) fn targets(&mut self, written: &[manifest::Target]) -> Vec<EventTarget> {
        let mut targets = Vec::new();
        for (target, number) in written.iter().zip(1..) {
            let Some(taker) = self.taker(target) else { continue };
            self.check_group(target, &taker);
            targets.push(EventTarget {
                id: format!("{number}"),
                arn: taker.arn,
                group: target.group.as_ref().map(|group| group.value.0.clone()),
                input: match &target.input {
                    Some(input) => TargetInput::Text(input.value.to_string()),
                    None => TargetInput::Event,
                },
                retry: RetryPolicy {
                    most_age: target.max_age.0,
                    most_attempts: target.retries.as_u32(),
                },
                dead_letters: self.dead_letters(target.dead_letters.as_ref(), "a target"),
                role: None,
            });
        }
        targets
    }

    /// `None` unless exactly one is named.
    fn taker(&mut self, target: &manifest::Target) -> Option<Taker> {
        let mut takers = Vec::new();
        if let Some(name) = &target.function {
            takers.push(Taker { arn: self.function_arn(name), is_fifo: false, noun: "a function" });
        }
        if let Some(name) = &target.queue {
            let is_fifo = name.value.0.is_fifo();
            takers.push(Taker { arn: self.queue_arn(name), is_fifo, noun: "a standard queue" });
        }
        if let Some(name) = &target.topic {
            let is_fifo = name.value.0.is_fifo();
            takers.push(Taker { arn: self.topic_arn(name), is_fifo, noun: "a standard topic" });
        }
        let keys = ["function", "queue", "topic"];
        self.exactly_one(target, "a target", &keys)?;
        takers.pop()
    }

    /// Reports a record with none or several of `keys`, one of which says what it is.
    pub(super) fn exactly_one(
        &mut self,
        written: &impl Placed,
        noun: &str,
        keys: &[&str],
    ) -> Option<()> {
        let record = written.record();
        let found: Vec<(&str, Span)> =
            keys.iter().filter_map(|key| Some((*key, record.key(key)?))).collect();
        let all = crate::shape::listed(keys.iter().copied(), "or");
        match found.as_slice() {
            [_] => return Some(()),
            [] => {
                let message = format!("{noun} needs {all}");
                let problem = Problem::new(Code::MissingKey, message).at(record.span, "");
                self.problems.push(problem.help("name one"));
            }
            [first, second, ..] => {
                let message = format!("{noun} has `{}` and `{}`", first.0, second.0);
                let problem = Problem::new(Code::Conflict, message)
                    .at(second.1, "")
                    .related(first.1, "this one already");
                self.problems.push(problem.help(format!("leave one of {all}")));
            }
        }
        None
    }

    fn check_group(&mut self, target: &manifest::Target, taker: &Taker) {
        match (&target.group, taker.is_fifo) {
            (None, true) => {
                let message = "a FIFO target needs a message group";
                let problem = Problem::new(Code::MissingKey, message).at(target.record().span, "");
                self.problems
                    .push(problem.help("add `group`: messages of one group keep their order"));
            }
            (Some(group), false) => {
                let message = format!("{} has no message groups", taker.noun);
                let problem = Problem::new(Code::Conflict, message).at(group.span, "");
                self.problems
                    .push(problem.help("remove `group`, or name a target that ends in `.fifo`"));
            }
            (Some(group), true) if !model::is_message_token(&group.value.0) => {
                let message = "a message group has 1 to 128 letters, digits and punctuation marks";
                let problem = Problem::new(Code::Name, message).at(group.span, "");
                self.problems.push(problem.help("leave out spaces and what is not of ASCII"));
            }
            _ => {}
        }
    }
}
