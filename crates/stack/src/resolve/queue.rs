//! Queues, and where their dead letters go.

use std::collections::{BTreeMap, BTreeSet};

use model::{Fifo, Queue, QueueName, Redrive, RedriveAllow};

use super::Scope;
use super::reference::Defined;
use crate::manifest::{self, Dedup};
use crate::problem::{Code, Problem};
use crate::shape::Map;
use crate::source::Span;

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>
const MOST_SOURCES: usize = 10;

impl Scope<'_> {
    pub(super) fn queues(&mut self) -> Vec<Queue> {
        let mut queues = Vec::new();
        for (named, written) in self.manifest.queues.iter().flat_map(Map::readable) {
            let name = named.key.0.clone();
            queues.push(Queue {
                fifo: self.fifo(&name, written),
                visibility: written.visibility.0,
                delay: written.delay.0,
                retention: written.retention.0,
                wait: written.wait.0,
                most_bytes: u32::try_from(written.max_size.0.0).unwrap_or(u32::MAX),
                redrive: self.redrive(&name, written.redrive.as_ref()),
                redrive_allow: self.redrive_allow(written),
                policy: None,
                tags: tags(written.tags.as_ref()),
                name,
            });
        }
        self.circles(&queues);
        queues
    }

    fn fifo(&mut self, name: &QueueName, written: &manifest::Queue) -> Option<Fifo> {
        if let Some(fifo) = &written.fifo
            && fifo.value != name.is_fifo()
        {
            let (message, help) = match fifo.value {
                true => {
                    ("the name of a FIFO queue ends in `.fifo`", format!("call it `{name}.fifo`"))
                }
                false => (
                    "a queue whose name ends in `.fifo` is a FIFO queue",
                    "call it otherwise".to_owned(),
                ),
            };
            let problem = Problem::new(Code::Conflict, message).at(fifo.span, "");
            self.problems.push(problem.help(help));
        }
        let dedup = written.dedup.as_ref();
        let high_throughput = written.high_throughput.as_ref();
        if name.is_fifo() {
            let by_group = high_throughput.is_some_and(|high| high.value);
            return Some(Fifo {
                deduplicates_content: dedup.is_some_and(|dedup| dedup.value == Dedup::Content),
                deduplicates_by_group: by_group,
                throughput_by_group: by_group,
            });
        }
        let dedup = dedup.map(|dedup| ("dedup", dedup.span));
        let high = high_throughput.map(|high| ("high_throughput", high.span));
        for (key, span) in dedup.into_iter().chain(high) {
            let message = format!("`{key}` goes with FIFO queues only");
            let problem = Problem::new(Code::Conflict, message).at(span, "");
            self.problems.push(problem.help(format!("call it `{name}.fifo`, or remove the key")));
        }
        None
    }

    /// The policy of the queue or subscription `whose`, if its target exists.
    fn redrive(
        &mut self,
        whose: &QueueName,
        written: Option<&manifest::Redrive>,
    ) -> Option<Redrive> {
        let written = written?;
        let (to, span) = (&written.to.value.0, written.to.span);
        if to == whose {
            let problem =
                Problem::new(Code::Redrive, "a queue cannot be its own dead-letter queue");
            let help = format!("define another: `queues: {{ {whose}-dead: {{}} }}`");
            self.problems.push(problem.at(span, "").help(help));
        } else {
            self.refer(Defined::Queue, to.as_str(), span);
            self.same_kind(whose, to, span);
            self.welcome(whose, to, span);
        }
        let to = self.account.arn("sqs", to);
        Some(Redrive { to, after: written.after.as_u32() })
    }

    /// Queues of other stacks may be named, too.
    fn redrive_allow(&mut self, written: &manifest::Queue) -> RedriveAllow {
        let Some(from) = &written.redrive_from else { return RedriveAllow::All };
        if from.value.len() > MOST_SOURCES {
            let message = format!("`redrive_from` names more than {MOST_SOURCES} queues");
            let problem = Problem::new(Code::Redrive, message).at(from.span, "");
            self.problems.push(problem.help("remove the key: any queue's dead letters are taken"));
        }
        if from.value.is_empty() {
            return RedriveAllow::None;
        }
        RedriveAllow::Only(from.value.iter().map(|name| self.account.arn("sqs", &name.0)).collect())
    }

    /// Reports a dead-letter queue that takes none of `whose`.
    fn welcome(&mut self, whose: &QueueName, to: &QueueName, span: Span) {
        let manifest = self.manifest;
        let mut queues = manifest.queues.iter().flat_map(Map::readable);
        let target = queues.find(|(named, _)| named.key.0 == *to);
        let Some(from) = target.and_then(|(_, target)| target.redrive_from.as_ref()) else {
            return;
        };
        if from.value.iter().any(|name| name.0 == *whose) {
            return;
        }
        let message = format!("`{to}` takes no dead letters of `{whose}`");
        let problem = Problem::new(Code::Redrive, message).at(span, "");
        let problem = problem.related(from.span, "these are the queues it takes them from");
        self.problems.push(problem.help(format!("add `{whose}` to them")));
    }

    fn same_kind(&mut self, whose: &QueueName, to: &QueueName, span: Span) {
        let (own, other) = match (whose.is_fifo(), to.is_fifo()) {
            (true, false) => ("a FIFO queue", "a FIFO queue"),
            (false, true) => ("a standard queue", "a standard queue"),
            _ => return,
        };
        let message = format!("the dead-letter queue of {own} is {other}, too");
        let help = match whose.is_fifo() {
            true => format!("name one that ends in `.fifo`: `{to}.fifo`"),
            false => "name one that does not end in `.fifo`".to_owned(),
        };
        self.problems.push(Problem::new(Code::Redrive, message).at(span, "").help(help));
    }

    /// Reports queues whose dead letters come back to them.
    fn circles(&mut self, queues: &[Queue]) {
        let next: BTreeMap<&str, &str> = queues
            .iter()
            .filter_map(|queue| Some((queue.name.as_str(), queue.redrive.as_ref()?.to.resource())))
            .filter(|(from, to)| from != to)
            .collect();
        let mut told = BTreeSet::new();
        for start in next.keys().copied() {
            let Some(circle) = circle(start, &next) else { continue };
            let is_new = circle.iter().skip(1).all(|name| told.insert(*name));
            if !is_new {
                continue;
            }
            let written = self.manifest.queues.iter().flat_map(Map::readable);
            let mut written = written.filter(|(named, _)| named.text == start);
            let Some(redrive) = written.find_map(|(_, queue)| queue.redrive.as_ref()) else {
                continue;
            };
            let way: Vec<String> = circle.iter().map(|name| format!("`{name}`")).collect();
            let message = format!("dead letters go round in a circle: {}", way.join(" -> "));
            let problem = Problem::new(Code::Redrive, message).at(redrive.to.span, "");
            self.problems.push(problem.help("let the last of them keep its messages"));
        }
    }
}

/// The way from `start` back to it.
fn circle<'a>(start: &'a str, next: &BTreeMap<&'a str, &'a str>) -> Option<Vec<&'a str>> {
    let mut way = vec![start];
    while let Some(to) = next.get(way.last()?).copied() {
        way.push(to);
        if to == start {
            return Some(way);
        }
        if way.len() > next.len() {
            // Another circle, which is found from its own queues.
            return None;
        }
    }
    None
}

pub(super) fn tags(written: Option<&Map<manifest::TagName, String>>) -> BTreeMap<String, String> {
    let all = written.into_iter().flat_map(Map::readable);
    all.map(|(name, value)| (name.key.0.clone(), value.clone())).collect()
}
