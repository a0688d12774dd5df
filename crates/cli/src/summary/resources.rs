//! Queues and the like at a glance.

use std::fmt::Write;

use model::units::span_text;
use model::{Arn, EventTarget, Queue, Resource, ResourceKind, Stack};

use crate::counted::counted;

/// `2 queues, 1 topic`: the kinds that there are.
pub(super) fn totals(stack: &Stack) -> String {
    let number = |kind: &ResourceKind| stack.resources.keys().filter(|id| id.kind == *kind).count();
    let all = ResourceKind::ALL.iter().map(|kind| (number(kind), noun(*kind)));
    let some = all.filter(|(number, _)| *number > 0).map(|(number, noun)| counted(number, noun));
    some.collect::<Vec<_>>().join(", ")
}

fn noun(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::EventSourceMapping => "trigger",
        other => other.as_str(),
    }
}

/// One line for each.
pub(super) fn listed(stack: &Stack) -> String {
    let mut text = String::new();
    for (id, resource) in &stack.resources {
        let line = told(resource).unwrap_or_else(|| id.to_string());
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// `None` says all by its name.
fn told(resource: &Resource) -> Option<String> {
    Some(match resource {
        Resource::Queue(queue) => told_queue(queue),
        Resource::Subscription(subscription) => {
            let text = subscription.endpoint.to_string();
            let to = Arn::parse(&text).map_or(text, |arn| short(&arn));
            format!("subscription of topic {}  -> {to}", subscription.topic.resource())
        }
        Resource::Schedule(schedule) => {
            let (when, zone) = (&schedule.timetable.expression, schedule.timetable.zone.name());
            format!("schedule {}  {when} {zone}  -> {}", schedule.name, targets(&schedule.targets))
        }
        Resource::EventRule(rule) => {
            let when = rule.expression.as_ref().map(|when| format!("  {when} UTC"));
            let when = when.unwrap_or_default();
            format!("event rule {}{when}  -> {}", rule.name, targets(&rule.targets))
        }
        Resource::EventSourceMapping(trigger) => {
            let (queue, function) = (short(&trigger.queue), short(&trigger.function));
            format!("trigger {queue}  -> {function}  batch {}", trigger.batch)
        }
        _ => return None,
    })
}

fn targets(targets: &[EventTarget]) -> String {
    targets.iter().map(|target| short(&target.arn)).collect::<Vec<_>>().join(", ")
}

/// `queue jobs`, `function worker`.
fn short(arn: &Arn) -> String {
    let noun = match arn.service() {
        "sqs" => "queue",
        "sns" => "topic",
        _ => "function",
    };
    let name = arn.resource();
    format!("{noun} {}", name.strip_prefix("function:").unwrap_or(name))
}

fn told_queue(queue: &Queue) -> String {
    let mut said = format!("queue {}  visibility {}", queue.name, span_text(queue.visibility));
    if let Some(redrive) = &queue.redrive {
        let _ = write!(said, "  -> {} after {}", redrive.to.resource(), redrive.after);
    }
    said
}
