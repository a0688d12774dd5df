//! How a function of a service is invoked beside events: its own address, and asynchronously.

use super::api;
use super::function::Function;
use super::reference::Named;
use super::service::Service;
use super::value::{put, with_unit};
use crate::foreign::{Fields, Key, Use};
use crate::yaml::{Entry, Node};

const URL: [Key; 3] = [("authorizer", Use::Read), ("cors", Use::Read), ("invokeMode", Use::Read)];
const DESTINATIONS: [Key; 2] = [("onSuccess", Use::Read), ("onFailure", Use::Read)];
const DESTINATION: [Key; 2] = [("arn", Use::Read), ("type", Use::Nothing)];

/// `url: true`, or with settings.
pub(super) fn url(service: &mut Service<'_>, function: &Function<'_>) -> Option<Node> {
    let written = function.fields.get("url")?;
    let fields = match written.as_text() {
        Some("true") => Fields::empty(written.span),
        Some("false") => return None,
        _ => Fields::open(written, "a function's `url`", &URL, service.told)?,
    };
    let span = written.span;
    let mut entries = Vec::new();
    let auth = if fields.text("authorizer") == Some("aws_iam") { "iam" } else { "none" };
    put(&mut entries, "auth", Some(Node::plain(span, auth)));
    let streams = fields.text("invokeMode") == Some("RESPONSE_STREAM");
    put(&mut entries, "mode", streams.then(|| Node::plain(span, "stream")));
    let cors = fields.get("cors").filter(|node| node.as_text() != Some("false"));
    put(&mut entries, "cors", cors.and_then(|node| api::cors_of(service, node)));
    Some(Node::mapping(span, entries))
}

/// Retries, the age of events and who is told outcomes.
pub(super) fn asynchronous(service: &mut Service<'_>, function: &Function<'_>) -> Option<Node> {
    let fields = &function.fields;
    let mut entries: Vec<Entry> = Vec::new();
    for (key, own, unit) in
        [("maximumRetryAttempts", "retries", ""), ("maximumEventAge", "max_age", "s")]
    {
        let value = fields.get(key).and_then(|node| with_unit(node, unit, key, service.told));
        put(&mut entries, own, value);
    }
    if let Some(written) = fields.get("destinations")
        && let Some(told) = Fields::open(written, "`destinations`", &DESTINATIONS, service.told)
    {
        for (key, own) in [("onSuccess", "on_success"), ("onFailure", "on_failure")] {
            let destination = told.get(key).and_then(|node| destination(service, node));
            put(&mut entries, own, destination);
        }
    }
    if let Some(written) = fields.get("onError") {
        let to = service.named(written).map(|named| told(named, written));
        put(&mut entries, "dead_letters", to);
    }
    let span = entries.first()?.key.span;
    Some(Node::mapping(span, entries))
}

/// A function of the service by its key, or anything by its ARN.
fn destination(service: &mut Service<'_>, written: &Node) -> Option<Node> {
    let functions = service.fields.get("functions").map(Node::entries).unwrap_or_default();
    let key = written.as_text().unwrap_or_default();
    let own = functions.iter().find(|entry| entry.key.text == key);
    let named = match own {
        Some(entry) => Named::Function(service.name_of(entry)),
        None => {
            let has_arn = written.get("arn").is_some();
            let arn = if has_arn {
                Fields::open(written, "a destination", &DESTINATION, service.told)?.get("arn")?
            } else {
                written
            };
            let text = arn.as_text().unwrap_or_default();
            if model::Arn::parse(text).is_some_and(|arn| arn.is_event_bus()) {
                return Some(destination_of("bus", "default", written));
            }
            service.named(arn)?
        }
    };
    Some(told(named, written))
}

fn told(named: Named, written: &Node) -> Node {
    let (kind, name) = match named {
        Named::Function(name) => ("function", name),
        Named::Queue(name) => ("queue", name),
        Named::Topic(name) => ("topic", name),
    };
    destination_of(kind, &name, written)
}

fn destination_of(kind: &str, name: &str, written: &Node) -> Node {
    let entry = Entry::new(kind, written.span, Node::text(written.span, name));
    Node::mapping(written.span, vec![entry])
}
