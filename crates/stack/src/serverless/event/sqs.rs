//! `sqs` events: a queue whose messages a function gets.

use super::Event;
use crate::foreign::{Fields, Key, Section, Use};
use crate::problem::{Code, Problem};
use crate::serverless::reference::Named;
use crate::serverless::service::Service;
use crate::serverless::value::{copied, put, with_unit};
use crate::yaml::Node;

const KEYS: [Key; 7] = [
    ("arn", Use::Read),
    ("batchSize", Use::Read),
    ("maximumBatchingWindow", Use::Read),
    ("maximumConcurrency", Use::Read),
    ("functionResponseType", Use::Read),
    ("filterPatterns", Use::Read),
    ("enabled", Use::Read),
];

pub(super) fn lower(service: &mut Service<'_>, event: Event<'_>) {
    let is_short = event.node.as_text().is_some() || !is_record(event.node);
    let fields = match is_short {
        true => Fields::empty(event.span),
        false => match Fields::open(event.node, "an `sqs` event", &KEYS, service.told) {
            Some(fields) => fields,
            None => return,
        },
    };
    let arn = if is_short { Some(event.node) } else { fields.get("arn") };
    let Some(arn) = arn else {
        let problem = Problem::new(Code::MissingKey, "an `sqs` event needs `arn`, its queue's");
        service.told.problems.push(problem.at(event.span, ""));
        return;
    };
    let queue = match service.named(arn) {
        Some(Named::Queue(queue)) => queue,
        Some(_) => {
            service.told.unsupported("an `sqs` event is of a queue", arn.span);
            return;
        }
        None => return,
    };
    if !service.draft.has(Section::Queues, &queue) {
        let message = format!("the queue `{queue}` is not declared by this service");
        service.told.unsupported(message, arn.span);
        return;
    }
    let mut entries = Vec::new();
    put(&mut entries, "queue", Some(Node::text(arn.span, queue.clone())));
    put(&mut entries, "function", Some(Node::text(event.span, event.function)));
    put(&mut entries, "batch", fields.get("batchSize").map(copied));
    let window = fields.get("maximumBatchingWindow");
    let window =
        window.and_then(|node| with_unit(node, "s", "maximumBatchingWindow", service.told));
    put(&mut entries, "window", window);
    put(&mut entries, "concurrency", fields.get("maximumConcurrency").map(copied));
    let reports = fields.text("functionResponseType") == Some("ReportBatchItemFailures");
    put(&mut entries, "partial_failures", reports.then(|| Node::plain(event.span, "true")));
    put(&mut entries, "filters", fields.get("filterPatterns").map(copied));
    put(&mut entries, "enabled", fields.get("enabled").map(copied));
    let name = service.draft.free(Section::Triggers, &format!("{}-sqs", event.key));
    let trigger = Node::mapping(event.span, entries);
    service.draft.put(Section::Triggers, &name, event.span, trigger);
}

/// Whether it is a mapping of an event's keys, and not a function of CloudFormation.
fn is_record(node: &Node) -> bool {
    !matches!(node.entries(), [only] if only.key.text == "Ref" || only.key.text.starts_with("Fn::"))
}
