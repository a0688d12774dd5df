//! `apiKeys` and `usagePlan` of the service's REST API: who may call its private routes, and how much.

use super::api::{self, Kind};
use super::reference::normalized;
use super::service::Service;
use super::value::{copied, put};
use crate::foreign::{Fields, Key, Section, Throttle, Use, quota};
use crate::problem::{Code, Problem};
use crate::shape::did_you_mean;
use crate::source::Span;
use crate::yaml::{Entry, Node, Value, shorten};

const PLAN: [Key; 2] = [("quota", Use::Read), ("throttle", Use::Read)];
const QUOTA: [Key; 3] = [("limit", Use::Read), ("offset", Use::Read), ("period", Use::Read)];
const THROTTLE: [Key; 2] = [("burstLimit", Use::Read), ("rateLimit", Use::Read)];

const KEY: [Key; 5] = [
    ("name", Use::Read),
    ("value", Use::Read),
    ("description", Use::Nothing),
    ("customerId", Use::Note("has no meaning here")),
    ("enabled", Use::Read),
];

/// The longest name of a key that is part of a parameter's name, too.
const LONGEST: usize = 58;

/// A usage plan: its name in the file, unless it is the only one, and here.
type Plan<'a> = (Option<&'a str>, String);

/// Whether keys open the service's private routes.
pub(super) fn has_plan(service: &Service<'_>) -> bool {
    written(service, "apiKeys").or_else(|| written(service, "usagePlan")).is_some()
        || service.draft.has_any(Section::UsagePlans)
}

/// Adds plans and keys for the API that the service's events have made.
pub(super) fn lower(service: &mut Service<'_>) {
    let (keys, plans) = (written(service, "apiKeys"), written(service, "usagePlan"));
    let Some(span) = plans.or(keys).map(|node| node.span) else { return };
    let api = api::name(service, Kind::Rest);
    if !service.draft.has(Section::Apis, &api) {
        let message = "`apiKeys` and `usagePlan` are for `http` events, and there are none";
        return service.told.note(message, span);
    }
    let plans = self::plans(service, plans, &api, span);
    let mut number = 0;
    for item in keys.map(Node::each).unwrap_or_default() {
        match item.entries() {
            [Entry { key, value }] if matches!(value.value, Value::Sequence(_)) => {
                let Some((_, plan)) = plans.iter().find(|(name, _)| *name == Some(&key.text))
                else {
                    unknown_plan(service, &key.text, key.span, &plans);
                    continue;
                };
                for (at, item) in value.items().iter().enumerate() {
                    let id = format!("ApiGatewayApiKey{}{}", normalized(&key.text), at + 1);
                    self::key(service, item, id, plan);
                }
            }
            _ => {
                number += 1;
                match plans.iter().find(|(name, _)| name.is_none()) {
                    Some((_, plan)) => {
                        self::key(service, item, format!("ApiGatewayApiKey{number}"), plan);
                    }
                    None => in_no_plan(service, item, &plans),
                }
            }
        }
    }
}

fn written<'a>(service: &Service<'a>, key: &str) -> Option<&'a Node> {
    let settings = service.provider.default_of("apiGateway").map(Fields::opened)?;
    settings.get(key)
}

/// One plan for all keys, or several with names.
fn plans<'a>(
    service: &mut Service<'_>,
    written: Option<&'a Node>,
    api: &str,
    span: Span,
) -> Vec<Plan<'a>> {
    let (service_name, stage) = (service.name.clone(), service.stage.clone());
    let Some(Value::Sequence(items)) = written.map(|node| &node.value) else {
        let name = format!("{service_name}-{stage}");
        plan(service, &name, written, api, span);
        return vec![(None, name)];
    };
    let mut plans = Vec::new();
    for entry in items.iter().flat_map(Node::entries) {
        let name = format!("{service_name}-{}-{stage}", entry.key.text);
        plan(service, &name, Some(&entry.value), api, entry.key.span);
        plans.push((Some(&*entry.key.text), name));
    }
    plans
}

fn plan(service: &mut Service<'_>, name: &str, written: Option<&Node>, api: &str, span: Span) {
    if is_taken(service, Section::UsagePlans, name, span) {
        return;
    }
    let mut entries = Vec::new();
    put(&mut entries, "apis", Some(Node::list(span, vec![Node::text(span, api)])));
    let written = written.filter(|node| !node.is_null());
    let fields = written.and_then(|node| Fields::open(node, "a usage plan", &PLAN, service.told));
    if let Some(node) = fields.and_then(|fields| fields.get("throttle"))
        && let Some(fields) = Fields::open(node, "`throttle`", &THROTTLE, service.told)
    {
        let [rate, burst] = ["rateLimit", "burstLimit"].map(|key| fields.get(key).map(copied));
        entries.extend(Throttle { rate, burst }.of_plan("rateLimit", service.told));
    }
    if let Some(node) = fields.and_then(|fields| fields.get("quota"))
        && let Some(fields) = Fields::open(node, "`quota`", &QUOTA, service.told)
    {
        let written = ["limit", "period", "offset"].map(|key| fields.get(key));
        put(&mut entries, "quota", quota(written, "offset", service.told));
    }
    service.draft.put(Section::UsagePlans, name, span, Node::mapping(span, entries));
}

/// A key by its name, or with more about it. `id` is what the framework calls the resource, and the name of one
/// that has none.
fn key(service: &mut Service<'_>, written: &Node, id: String, plan: &str) {
    let span = written.span;
    let fields = match written.as_text() {
        Some(_) => None,
        None => match Fields::open(written, "an API key", &KEY, service.told) {
            Some(fields) => Some(fields),
            None => return,
        },
    };
    let get = |key: &str| fields.and_then(|fields| fields.get(key));
    let name = get("name").or(fields.is_none().then_some(written)).and_then(Node::as_text);
    let name = name.map_or(id, str::to_owned);
    if is_taken(service, Section::Keys, &name, span) {
        return;
    }
    let mut entries = Vec::new();
    put(&mut entries, "plans", Some(Node::list(span, vec![Node::text(span, plan)])));
    let value = get("value").and_then(|node| secret(service, &name, node));
    put(&mut entries, "value", value);
    match get("enabled") {
        Some(node) if !node.is_true() => {
            let is_closed = node.as_text() == Some("false");
            let enabled = if is_closed { Node::plain(node.span, "false") } else { copied(node) };
            put(&mut entries, "enabled", Some(enabled));
        }
        _ => {}
    }
    service.draft.put(Section::Keys, &name, span, Node::mapping(span, entries));
}

/// A value from outside becomes a parameter, so that nothing prints it.
fn secret(service: &mut Service<'_>, key: &str, value: &Node) -> Option<Node> {
    let scalar = value.as_scalar().filter(|_| !value.is_unresolved())?;
    if scalar.written.is_none() {
        let message = "the value of a key is a secret, and is not written into the file";
        let problem = Problem::new(Code::KeyValue, message).at(value.span, "");
        let help = "write `${env:NAME}` or `${param:NAME}`; or remove it, and `tidegate keys rotate` makes one";
        service.told.problems.push(problem.help(help));
        return None;
    }
    let wanted: String = key.chars().take(LONGEST).collect();
    let name = service.draft.free(Section::Parameters, &format!("{wanted}-value"));
    service.draft.put(
        Section::Parameters,
        &name,
        value.span,
        Node::mapping(value.span, Vec::new()),
    );
    let reference = Node::text(value.span, format!("${{param:{name}}}"));
    service.secrets.push((name, scalar.text.clone()));
    Some(reference)
}

fn is_taken(service: &mut Service<'_>, section: Section, name: &str, span: Span) -> bool {
    let is_taken = service.draft.has(section, name);
    if is_taken {
        let noun = if section == Section::Keys { "API keys" } else { "usage plans" };
        let message = format!("two {noun} are called `{}`", shorten(name));
        let problem = Problem::new(Code::Conflict, message).at(span, "again here");
        service.told.problems.push(problem.help("give each a name of its own"));
    }
    is_taken
}

fn unknown_plan(service: &mut Service<'_>, name: &str, span: Span, plans: &[Plan<'_>]) {
    let message = format!("the service has no usage plan `{}`", shorten(name));
    let near = did_you_mean(name, plans.iter().filter_map(|(name, _)| *name));
    let help = near.unwrap_or_else(|| format!("define it: `usagePlan: [{{ {name}: ... }}]`"));
    let problem = Problem::new(Code::Dangling, message).at(span, "");
    service.told.problems.push(problem.help(help));
}

fn in_no_plan(service: &mut Service<'_>, key: &Node, plans: &[Plan<'_>]) {
    let first = plans.iter().find_map(|(name, _)| *name).unwrap_or("free");
    let problem = Problem::new(Code::MissingKey, "the API key is in none of the usage plans");
    let help = format!("put it below the name of one: `apiKeys: [{{ {first}: [...] }}]`");
    service.told.problems.push(problem.at(key.span, "").help(help));
}
