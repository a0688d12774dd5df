//! The sections of a template, and its resources as they are written.

use std::collections::BTreeMap;

use crate::problem::{Code, Problem, Told};
use crate::shape::did_you_mean;
use crate::source::Span;
use crate::yaml::{Entry, Key, Node, Value};

/// A template whose sections are known, and whose resources have types.
pub(super) struct Document<'a> {
    pub(super) parameters: &'a [Entry],
    pub(super) mappings: Option<&'a Node>,
    pub(super) conditions: &'a [Entry],
    /// In the order of the template.
    pub(super) resources: Vec<Resource<'a>>,
    pub(super) outputs: &'a [Entry],
    /// Whether resources of the Serverless Application Model make others.
    pub(super) is_serverless: bool,
    /// By logical id, where it stands in `resources`.
    places: BTreeMap<&'a str, usize>,
}

pub(super) struct Resource<'a> {
    pub(super) key: &'a Key,
    pub(super) kind: &'a str,
    pub(super) kind_span: Span,
    pub(super) properties: &'a [Entry],
    pub(super) condition: Option<(&'a str, Span)>,
    pub(super) depends_on: Vec<(&'a str, Span)>,
    pub(super) metadata: Option<&'a Node>,
}

impl Resource<'_> {
    /// Its logical id.
    pub(super) fn id(&self) -> &str {
        &self.key.text
    }

    pub(super) fn property(&self, name: &str) -> Option<&Node> {
        self.properties.iter().find(|entry| entry.key.text == name).map(|entry| &entry.value)
    }
}

const SECTIONS: [&str; 11] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Globals",
    "Resources",
    "Outputs",
];

/// What a resource has beside its type and properties.
const ATTRIBUTES: [&str; 10] = [
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "Metadata",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "CreationPolicy",
    "UpdatePolicy",
    "Connectors",
];

/// What makes a template one of SAM, and what the platform does itself.
const TRANSFORMS: [&str; 2] = ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"];

impl<'a> Document<'a> {
    /// `None` when there is nothing to go on with.
    pub(super) fn read(tree: &'a Node, told: &mut Told) -> Option<Self> {
        let Value::Mapping(sections) = &tree.value else {
            let message = format!("a template is a mapping, not {}", tree.kind());
            told.problems.push(Problem::new(Code::WrongType, message).at(tree.span, ""));
            return None;
        };
        for Entry { key, .. } in sections.iter().filter(|it| !SECTIONS.contains(&&*it.key.text)) {
            let message = format!("a template has no section `{}`", key.text);
            let problem = Problem::new(Code::UnknownKey, message).at(key.span, "");
            told.problems.push(problem.maybe_help(did_you_mean(&key.text, SECTIONS)));
        }
        let transforms = transforms(tree, told);
        let entries = |name| tree.get(name).map(Node::entries).unwrap_or_default();
        let Some(written) = tree.get("Resources").filter(|node| !node.entries().is_empty()) else {
            let problem = Problem::new(Code::MissingKey, "the template has no resources");
            told.problems.push(problem.at(tree.span, "").help("add a section `Resources`"));
            return None;
        };
        let resources: Vec<Resource<'_>> =
            written.entries().iter().filter_map(|entry| resource(entry, told)).collect();
        // Tools of SAM take templates that leave out the transform.
        let is_serverless =
            transforms || resources.iter().any(|it| it.kind.starts_with("AWS::Serverless::"));
        let places = resources.iter().enumerate().map(|(at, it)| (&*it.key.text, at)).collect();
        Some(Self {
            parameters: entries("Parameters"),
            mappings: tree.get("Mappings"),
            conditions: entries("Conditions"),
            resources,
            outputs: entries("Outputs"),
            is_serverless,
            places,
        })
    }

    pub(super) fn resource(&self, id: &str) -> Option<&Resource<'a>> {
        self.places.get(id).map(|at| &self.resources[*at])
    }
}

/// Whether that of the Serverless Application Model is among them.
fn transforms(tree: &Node, told: &mut Told) -> bool {
    let Some(node) = tree.get("Transform") else { return false };
    let mut is_serverless = false;
    let all = if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() };
    for one in all {
        let name = one.as_text().or_else(|| one.get("Name").and_then(Node::as_text));
        match name {
            Some(name) if TRANSFORMS.contains(&name) => is_serverless |= name == TRANSFORMS[0],
            name => {
                let name = name.unwrap_or("this one");
                told.unsupported(format!("the transform `{name}` is not supported"), one.span);
            }
        }
    }
    is_serverless
}

fn resource<'a>(entry: &'a Entry, told: &mut Told) -> Option<Resource<'a>> {
    let Entry { key, value } = entry;
    if key.text.starts_with("Fn::") {
        told.unsupported(format!("`{}` is not supported here", key.text), key.span);
        return None;
    }
    if !key.text.chars().all(|c| c.is_ascii_alphanumeric()) {
        let message = format!("`{}` is no logical id", key.text);
        let problem = Problem::new(Code::Name, message).at(key.span, "");
        told.problems.push(problem.help("use letters and digits only"));
    }
    let kind = value.get("Type").and_then(|kind| Some((kind.as_text()?, kind.span)));
    let Some((kind, kind_span)) = kind else {
        let message = format!("the resource `{}` has no type", key.text);
        let problem = Problem::new(Code::MissingKey, message).at(key.span, "");
        told.problems.push(problem.help("give it a `Type`, such as `AWS::Serverless::Function`"));
        return None;
    };
    for Entry { key, .. } in value.entries() {
        if !ATTRIBUTES.contains(&&*key.text) {
            let message = format!("a resource has no attribute `{}`", key.text);
            let problem = Problem::new(Code::UnknownKey, message).at(key.span, "");
            told.problems.push(problem.maybe_help(did_you_mean(&key.text, ATTRIBUTES)));
        }
    }
    let texts = |node: &'a Node| {
        let all = if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() };
        all.iter().filter_map(|it| Some((it.as_text()?, it.span))).collect::<Vec<_>>()
    };
    Some(Resource {
        key,
        kind,
        kind_span,
        properties: value.get("Properties").map(Node::entries).unwrap_or_default(),
        condition: value.get("Condition").and_then(|it| Some((it.as_text()?, it.span))),
        depends_on: value.get("DependsOn").map(texts).unwrap_or_default(),
        metadata: value.get("Metadata"),
    })
}
