//! `sns` events: a topic whose messages a function gets, made by the service or declared elsewhere in it.

use super::Event;
use crate::foreign::{Fields, Key, Section, Use};
use crate::problem::{Code, Problem};
use crate::serverless::reference::Named;
use crate::serverless::service::Service;
use crate::serverless::value::{as_text, copied, put};
use crate::source::Span;
use crate::yaml::{Entry, Node, Value};

const KEYS: [Key; 7] = [
    ("arn", Use::Read),
    ("topicName", Use::Read),
    ("displayName", Use::Read),
    ("filterPolicy", Use::Read),
    ("filterPolicyScope", Use::Read),
    ("redrivePolicy", Use::Read),
    ("kmsMasterKeyId", Use::Note("has no meaning here")),
];

const REDRIVE: [Key; 3] = [
    ("deadLetterTargetArn", Use::Read),
    ("deadLetterTargetRef", Use::Unsupported),
    ("deadLetterTargetImport", Use::Unsupported),
];

pub(super) fn lower(service: &mut Service<'_>, event: Event<'_>) {
    let fields = match event.node.as_text() {
        Some(_) => Fields::empty(event.span),
        None => match Fields::open(event.node, "an `sns` event", &KEYS, service.told) {
            Some(fields) => fields,
            None => return,
        },
    };
    let Some((topic, span)) = topic(service, event, &fields) else { return };
    let mut entries = Vec::new();
    put(&mut entries, "function", Some(Node::text(event.span, event.function)));
    put(&mut entries, "filter", fields.get("filterPolicy").map(copied));
    let by_body = fields.text("filterPolicyScope") == Some("MessageBody");
    put(&mut entries, "filter_on", by_body.then(|| Node::plain(event.span, "body")));
    put(&mut entries, "dead_letters", dead_letters(service, &fields));
    let subscription = Node::mapping(event.span, entries);
    if let Some(node) = service.draft.get_mut(Section::Topics, &topic) {
        subscribe(node, subscription, span);
    }
}

/// The topic's name. One that is only named becomes part of the stack.
fn topic(
    service: &mut Service<'_>,
    event: Event<'_>,
    fields: &Fields<'_>,
) -> Option<(String, Span)> {
    let named =
        fields.get("topicName").or(Some(event.node)).filter(|node| node.as_scalar().is_some());
    let arn = fields.get("arn").or_else(|| named.filter(|node| is_arn(node)));
    if let Some(arn) = arn {
        let Some(Named::Topic(name)) = service.named(arn) else { return None };
        // `arn` beside `topicName` is how the framework names a topic that it shall not make.
        if !service.draft.has(Section::Topics, &name) {
            let message = format!("the topic `{name}` is not declared by this service");
            service.told.unsupported(message, arn.span);
            return None;
        }
        return Some((name, arn.span));
    }
    let Some((node, name)) = named.and_then(|node| Some((node, node.as_text()?))) else {
        let problem = Problem::new(Code::MissingKey, "an `sns` event needs `topicName` or `arn`");
        service.told.problems.push(problem.at(event.span, ""));
        return None;
    };
    if !service.draft.has(Section::Topics, name) {
        let mut entries = Vec::new();
        put(&mut entries, "display_name", fields.get("displayName").map(as_text));
        let topic = Node::mapping(node.span, entries);
        service.draft.put(Section::Topics, name, node.span, topic);
    }
    Some((name.to_owned(), node.span))
}

fn is_arn(node: &Node) -> bool {
    node.as_text().is_some_and(|text| text.starts_with("arn:"))
}

fn dead_letters(service: &mut Service<'_>, fields: &Fields<'_>) -> Option<Node> {
    let policy =
        Fields::open(fields.get("redrivePolicy")?, "a redrive policy", &REDRIVE, service.told)?;
    let arn = policy.get("deadLetterTargetArn")?;
    match service.named(arn)? {
        Named::Queue(queue) => Some(Node::text(arn.span, queue)),
        _ => {
            service.told.unsupported("dead letters go to a queue", arn.span);
            None
        }
    }
}

/// Adds a subscription to a topic that may have some already.
fn subscribe(topic: &mut Node, subscription: Node, span: Span) {
    if let Some(Value::Sequence(known)) = topic.get_mut("subscriptions").map(|node| &mut node.value)
    {
        known.push(subscription);
    } else if let Value::Mapping(entries) = &mut topic.value {
        let list = Node::list(span, vec![subscription]);
        entries.push(Entry::new("subscriptions", span, list));
    }
}
