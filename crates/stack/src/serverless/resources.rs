//! `resources` of a service: a template of CloudFormation inside of it.

use super::reference::normalized;
use super::service::Service;
use crate::foreign::{Fields, Key, Use};
use crate::problem::{Code, Problem};
use crate::template::part::{self, Outside};
use crate::yaml::{Entry, Node, Value};

const KEYS: [Key; 7] = [
    ("Resources", Use::Read),
    ("Outputs", Use::Read),
    ("Conditions", Use::Read),
    ("Mappings", Use::Read),
    ("Parameters", Use::Read),
    ("Description", Use::Nothing),
    ("extensions", Use::Unsupported),
];

/// What the framework makes itself and templates refer to.
const ROLE: &str = "IamRoleLambdaExecution";

/// Adds what is declared there, and notes what the rest of the service may call it.
pub(super) fn lower(service: &mut Service<'_>) {
    let Some(written) = service.fields.get("resources") else { return };
    let parts = match &written.value {
        Value::Sequence(parts) => parts.as_slice(),
        _ => std::slice::from_ref(written),
    };
    let mut sections: Vec<Entry> = Vec::new();
    for part in parts {
        if Fields::open(part, "a template", &KEYS, service.told).is_some() {
            let known = |entry: &&Entry| {
                KEYS.iter().any(|(key, used)| *key == entry.key.text && *used == Use::Read)
            };
            part.entries()
                .iter()
                .filter(known)
                .for_each(|entry| add(&mut sections, entry, service));
        }
    }
    if !sections.iter().any(|entry| entry.key.text == "Resources") {
        // Outputs alone tell what the framework made.
        let none = Entry::new("Resources", written.span, Node::mapping(written.span, Vec::new()));
        sections.push(none);
    }
    let outside = outside(service);
    let name = service.stack_name();
    let (inputs, folder) = (service.inputs, service.folder);
    let lowered = part::lower(sections, outside, (name, folder), inputs, service.told);
    if let Some(part) = lowered {
        service.draft.put_all(&part.tree);
        service.references = part.references;
    }
}

/// The functions of the service, and the role that they have on AWS.
fn outside(service: &Service<'_>) -> Vec<Outside> {
    let functions = service.fields.get("functions").map(Node::entries).unwrap_or_default();
    let function = |entry: &Entry| {
        let name = service.name_of(entry);
        let span = entry.key.span;
        let name = Entry::new("FunctionName", span, Node::text(span, name));
        let id = format!("{}LambdaFunction", normalized(&entry.key.text));
        (id, "AWS::Lambda::Function", vec![name])
    };
    let role = (ROLE.to_owned(), "AWS::IAM::Role", Vec::new());
    functions.iter().map(function).chain([role]).collect()
}

/// Several templates make one.
fn add(sections: &mut Vec<Entry>, entry: &Entry, service: &mut Service<'_>) {
    let Some(section) = sections.iter_mut().find(|known| known.key.text == entry.key.text) else {
        return sections.push(entry.clone());
    };
    let mut entries = section.value.entries().to_vec();
    for added in entry.value.entries() {
        if let Some(first) = entries.iter().find(|known| known.key.text == added.key.text) {
            let message = format!("`{}` is declared twice", added.key.text);
            let problem = Problem::new(Code::Conflict, message).at(added.key.span, "again here");
            service.told.problems.push(problem.related(first.key.span, "first here"));
        } else {
            entries.push(added.clone());
        }
    }
    section.value = Node::mapping(section.value.span, entries);
}
