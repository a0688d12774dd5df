//! Queues and the like at a glance.

use std::fmt::Write;

use model::units::span_text;
use model::{Queue, Resource, ResourceKind, Stack};

use super::count;

/// `2 queues, 1 topic`: the kinds that there are.
pub(super) fn counted(stack: &Stack) -> String {
    let number = |kind: &ResourceKind| stack.resources.keys().filter(|id| id.kind == *kind).count();
    let all = ResourceKind::ALL.iter().map(|kind| (number(kind), kind.as_str()));
    let some = all.filter(|(number, _)| *number > 0).map(|(number, noun)| count(number, noun));
    some.collect::<Vec<_>>().join(", ")
}

/// One line for each.
pub(super) fn listed(stack: &Stack) -> String {
    let mut text = String::new();
    for (id, resource) in &stack.resources {
        let _ = writeln!(text, "  {id}{}", told(resource));
    }
    text
}

fn told(resource: &Resource) -> String {
    match resource {
        Resource::Queue(queue) => told_queue(queue),
        _ => String::new(),
    }
}

fn told_queue(queue: &Queue) -> String {
    let mut said = format!("  visibility {}", span_text(queue.visibility));
    if let Some(redrive) = &queue.redrive {
        let _ = write!(said, "  -> {} after {}", redrive.to.resource(), redrive.after);
    }
    said
}
