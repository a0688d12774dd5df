//! `schedule` events.

use super::Event;
use crate::foreign::{Fields, Key, Section, Use};
use crate::problem::{Code, Problem};
use crate::serverless::service::Service;
use crate::serverless::value::{as_text, copied, json, put};
use crate::yaml::{Node, Scalar, Value, shorten};

const KEYS: [Key; 9] = [
    ("rate", Use::Read),
    ("enabled", Use::Read),
    ("input", Use::Read),
    ("name", Use::Read),
    ("description", Use::Read),
    ("timezone", Use::Read),
    ("method", Use::Nothing),
    ("inputPath", Use::Unsupported),
    ("inputTransformer", Use::Unsupported),
];

pub(super) fn lower(service: &mut Service<'_>, event: Event<'_>) {
    let fields = match event.node.as_text() {
        Some(_) => Fields::empty(event.span),
        None => match Fields::open(event.node, "a `schedule` event", &KEYS, service.told) {
            Some(fields) => fields,
            None => return,
        },
    };
    let rates = if event.node.as_text().is_some() { Some(event.node) } else { fields.get("rate") };
    let rates = rates.map(Node::each).unwrap_or_default();
    if rates.is_empty() {
        let problem = Problem::new(Code::MissingKey, "a `schedule` event needs `rate`");
        let help = "write `rate: rate(10 minutes)` or `rate: cron(0 12 * * ? *)`";
        service.told.problems.push(problem.at(event.span, "").help(help));
    }
    for rate in rates {
        let Some((key, when)) = expression(service, rate) else { continue };
        let mut entries = Vec::new();
        put(&mut entries, key, Some(when));
        put(&mut entries, "zone", fields.get("timezone").map(as_text));
        put(&mut entries, "targets", Some(target(event, fields.get("input"))));
        put(&mut entries, "enabled", fields.get("enabled").map(copied));
        put(&mut entries, "description", fields.get("description").map(as_text));
        let own = fields.text("name").map(str::to_owned);
        let wanted = own.unwrap_or_else(|| format!("{}-schedule", event.key));
        let name = service.draft.free(Section::Schedules, &wanted);
        let schedule = Node::mapping(event.span, entries);
        service.draft.put(Section::Schedules, &name, event.span, schedule);
    }
}

/// The function, and what it receives instead of the event.
pub(super) fn target(event: Event<'_>, input: Option<&Node>) -> Node {
    let mut entries = Vec::new();
    put(&mut entries, "function", Some(Node::text(event.span, event.function)));
    put(&mut entries, "input", input.map(json));
    Node::mapping(event.span, entries)
}

/// `rate(5 minutes)` is `rate: 5 minutes`.
pub(super) fn expression(service: &mut Service<'_>, node: &Node) -> Option<(&'static str, Node)> {
    let scalar = node.as_scalar();
    let text = scalar.map(|scalar| scalar.text.trim()).unwrap_or_default();
    let inner = text.strip_suffix(')').and_then(|text| text.split_once('('));
    let key = inner.and_then(|(key, _)| ["rate", "cron", "at"].into_iter().find(|k| *k == key));
    let (Some(key), Some((_, inner)), Some(scalar)) = (key, inner, scalar) else {
        let message = format!("`{}` is no schedule", shorten(text));
        let problem = Problem::new(Code::Schedule, message).at(node.span, "");
        let help = "write `rate(10 minutes)`, `cron(0 12 * * ? *)` or `at(2030-01-31T12:00:00)`";
        service.told.problems.push(problem.help(help));
        return None;
    };
    let (text, written) = (inner.to_owned(), scalar.written.clone());
    let scalar = Scalar { text, style: crate::yaml::Style::Quoted, written };
    Some((key, Node { span: node.span, value: Value::Scalar(scalar) }))
}
