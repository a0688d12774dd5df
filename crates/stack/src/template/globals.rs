//! `Globals`: what all functions or APIs of a template have in common.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>

use crate::problem::{Code, Problem, Told};
use crate::shape::did_you_mean;
use crate::template::intrinsic;
use crate::yaml::{Entry, Node, Value};

/// Each section, and the type of resource that it is about.
const SECTIONS: [(&str, &str); 7] = [
    ("Function", "AWS::Serverless::Function"),
    ("Api", "AWS::Serverless::Api"),
    ("HttpApi", "AWS::Serverless::HttpApi"),
    ("SimpleTable", "AWS::Serverless::SimpleTable"),
    ("StateMachine", "AWS::Serverless::StateMachine"),
    ("LayerVersion", "AWS::Serverless::LayerVersion"),
    ("WebSocketApi", "AWS::Serverless::WebSocketApi"),
];

/// What no two resources share.
const OWN: [(&str, &[&str]); 2] =
    [("Function", &["FunctionName", "Events", "Policies", "Role"]), ("Api", &["StageName"])];

/// The template with the globals in each resource that they are about.
pub(super) fn apply(tree: &Node, told: &mut Told) -> Node {
    let mut tree = tree.clone();
    let Some(globals) = tree.get("Globals").cloned() else { return tree };
    if globals.entries().is_empty() {
        let message = format!("`Globals` is a mapping of sections, not {}", globals.kind());
        told.problems.push(Problem::new(Code::WrongType, message).at(globals.span, ""));
    }
    for Entry { key, value } in globals.entries() {
        let own = OWN.iter().find(|(name, _)| *name == key.text).map_or(&[][..], |(_, own)| own);
        for Entry { key: property, .. } in
            value.entries().iter().filter(|it| own.contains(&&*it.key.text))
        {
            let message =
                format!("`{}` cannot be in `Globals`: each resource has its own", property.text);
            told.problems.push(Problem::new(Code::UnknownKey, message).at(property.span, ""));
        }
        if !SECTIONS.iter().any(|(name, _)| *name == key.text) {
            let message = format!("`Globals` has no section `{}`", key.text);
            let problem = Problem::new(Code::UnknownKey, message).at(key.span, "");
            let names = SECTIONS.iter().map(|(name, _)| *name);
            told.problems.push(problem.maybe_help(did_you_mean(&key.text, names)));
        }
    }
    let Some(resources) = entry(&mut tree, "Resources") else { return tree };
    let Value::Mapping(resources) = &mut resources.value.value else { return tree };
    for resource in resources {
        let kind = resource.value.get("Type").and_then(Node::as_text);
        let section = SECTIONS.iter().find(|(_, known)| Some(*known) == kind);
        let Some(common) = section.and_then(|(name, _)| globals.get(name)) else { continue };
        match entry(&mut resource.value, "Properties") {
            Some(own) => merge(&mut own.value, common),
            None => {
                if let Value::Mapping(attributes) = &mut resource.value.value {
                    attributes.push(Entry::new("Properties", resource.key.span, common.clone()));
                }
            }
        }
    }
    tree
}

fn entry<'a>(node: &'a mut Node, key: &str) -> Option<&'a mut Entry> {
    let Value::Mapping(entries) = &mut node.value else { return None };
    entries.iter_mut().find(|entry| entry.key.text == key)
}

/// Mappings are merged, lists are joined, the common part first; of anything else the resource's own counts.
fn merge(own: &mut Node, common: &Node) {
    if intrinsic::call(own).is_some() || intrinsic::call(common).is_some() {
        return;
    }
    match (&mut own.value, &common.value) {
        (Value::Mapping(entries), Value::Mapping(common)) => {
            for Entry { key, value } in common {
                match entries.iter_mut().find(|entry| entry.key.text == key.text) {
                    Some(own) => merge(&mut own.value, value),
                    None => entries.push(Entry { key: key.clone(), value: value.clone() }),
                }
            }
        }
        (Value::Sequence(items), Value::Sequence(common)) => {
            items.splice(0..0, common.iter().cloned());
        }
        _ => {}
    }
}
