//! `eventBridge` and `cloudwatchEvent` events: which events of the default bus a function gets.

use super::Event;
use super::schedule::{expression, target};
use crate::foreign::{Fields, Key, Section, Use};
use crate::problem::{Code, Problem};
use crate::serverless::reference::Named;
use crate::serverless::service::Service;
use crate::serverless::value::{as_text, copied, put, with_unit};
use crate::yaml::{Entry, Node, Value};

const KEYS: [Key; 12] = [
    ("pattern", Use::Read),
    ("event", Use::Read),
    ("schedule", Use::Read),
    ("eventBus", Use::Read),
    ("input", Use::Read),
    ("enabled", Use::Read),
    ("name", Use::Read),
    ("description", Use::Read),
    ("retryPolicy", Use::Read),
    ("deadLetterQueueArn", Use::Read),
    ("inputPath", Use::Unsupported),
    ("inputTransformer", Use::Unsupported),
];

const RETRY: [Key; 2] = [("maximumEventAge", Use::Read), ("maximumRetryAttempts", Use::Read)];

pub(super) fn lower(service: &mut Service<'_>, event: Event<'_>) {
    let Some(fields) = Fields::open(event.node, "an event of a bus", &KEYS, service.told) else {
        return;
    };
    if let Some(bus) = fields.get("eventBus").filter(|bus| bus.as_text() != Some("default")) {
        service.told.unsupported("event buses other than `default` are not supported", bus.span);
        return;
    }
    let mut target = target(event, fields.get("input"));
    delivery(service, &fields, &mut target);
    let (section, mut entries) = match (pattern(&fields), fields.get("schedule")) {
        (Some(pattern), _) => {
            (Section::Rules, vec![Entry::new("pattern", pattern.span, copied(pattern))])
        }
        (None, Some(written)) => {
            let Some((key, when)) = expression(service, written) else { return };
            (Section::Schedules, vec![Entry::new(key, written.span, when)])
        }
        (None, None) => {
            let message = "an event of a bus needs `pattern` or `schedule`";
            let problem = Problem::new(Code::MissingKey, message).at(event.span, "");
            service.told.problems.push(problem);
            return;
        }
    };
    put(&mut entries, "targets", Some(target));
    put(&mut entries, "enabled", fields.get("enabled").map(copied));
    put(&mut entries, "description", fields.get("description").map(as_text));
    let own = fields.text("name").map(str::to_owned);
    let wanted = own.unwrap_or_else(|| format!("{}-rule", event.key));
    let name = service.draft.free(section, &wanted);
    service.draft.put(section, &name, event.span, Node::mapping(event.span, entries));
}

fn pattern<'a>(fields: &Fields<'a>) -> Option<&'a Node> {
    fields.get("pattern").or_else(|| fields.get("event"))
}

/// How often and how long it is tried, and where an event goes that was not taken.
fn delivery(service: &mut Service<'_>, fields: &Fields<'_>, target: &mut Node) {
    let Value::Mapping(entries) = &mut target.value else { return };
    let policy = fields.get("retryPolicy");
    if let Some(policy) =
        policy.and_then(|node| Fields::open(node, "a retry policy", &RETRY, service.told))
    {
        put(entries, "retries", policy.get("maximumRetryAttempts").map(copied));
        let age = policy.get("maximumEventAge");
        let age = age.and_then(|node| with_unit(node, "s", "maximumEventAge", service.told));
        put(entries, "max_age", age);
    }
    if let Some(arn) = fields.get("deadLetterQueueArn") {
        match service.named(arn) {
            Some(Named::Queue(queue)) => {
                put(entries, "dead_letters", Some(Node::text(arn.span, queue)));
            }
            Some(_) => service.told.unsupported("dead letters go to a queue", arn.span),
            None => {}
        }
    }
}
