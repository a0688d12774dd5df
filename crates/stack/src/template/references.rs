//! What a template refers to: that all of it is there, and that nothing leads back to itself.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Document, Resource};
use super::intrinsic::{self, Piece, pieces};
use super::values::Values;
use crate::problem::{Code, Problem, Told};
use crate::shape::did_you_mean;
use crate::source::Span;
use crate::yaml::{Entry, Node, Value};

/// Names that a part of a template refers to, each with its place.
type Names<'a> = Vec<(&'a str, Span)>;

const FUNCTION: &str = "AWS::Serverless::Function";

/// Reports what is not there, and circles. Gives the references that close one: without them, everything can be
/// evaluated.
pub(super) fn check(values: &Values<'_>, told: &mut Told) -> BTreeSet<Span> {
    let document = values.document;
    let mut edges: BTreeMap<&str, Names<'_>> = BTreeMap::new();
    for resource in &document.resources {
        let mut names = of_resource(resource);
        for (name, span) in &names {
            check_name(name, *span, values, told);
        }
        // Events are resources of their own, which need the function.
        let events = resource.property("Events").filter(|_| resource.kind == FUNCTION);
        if let Some(events) = events {
            let mut of_events = Names::new();
            collect(events, &mut of_events);
            names.retain(|(_, span)| !of_events.iter().any(|(_, it)| it == span));
        }
        edges.insert(resource.id(), names);
    }
    for Entry { value, .. } in document.outputs {
        let mut names = Names::new();
        collect(value, &mut names);
        for (name, span) in names {
            check_name(name, span, values, told);
        }
    }
    // A condition that comes back to itself finds itself undecided.
    circles("conditions", &conditions(document), told);
    circles("resources", &edges, told)
}

fn of_resource<'a>(resource: &Resource<'a>) -> Names<'a> {
    let mut names = Names::new();
    for Entry { value, .. } in resource.properties {
        collect(value, &mut names);
    }
    names.extend(&resource.depends_on);
    names
}

/// Reports what a tree from another file refers to and is not there. Whether all is.
pub(super) fn check_tree(tree: &Node, values: &Values<'_>, told: &mut Told) -> bool {
    let before = told.problems.len();
    let mut names = Names::new();
    collect(tree, &mut names);
    for (name, span) in names {
        check_name(name, span, values, told);
    }
    told.problems.len() == before
}

fn check_name(name: &str, span: Span, values: &Values<'_>, told: &mut Told) {
    let document = values.document;
    let base = name.split('.').next().unwrap_or(name);
    let is_known = base.starts_with("AWS::")
        || values.parameters.contains_key(base)
        || document.resource(base).is_some()
        || values.is_generated(base);
    if is_known {
        return;
    }
    let names = values.parameters.keys().map(String::as_str);
    let names = names.chain(document.resources.iter().map(Resource::id));
    let message = format!("the template has no resource or parameter `{base}`");
    let problem = Problem::new(Code::Dangling, message).at(span, "");
    told.problems.push(problem.maybe_help(did_you_mean(base, names)));
}

/// What the functions in `node` refer to.
fn collect<'a>(node: &'a Node, names: &mut Names<'a>) {
    if let Some(call) = intrinsic::call(node) {
        let argument = call.argument;
        match (&*call.key.text, argument.as_text()) {
            ("Ref", Some(name)) => names.push((name, argument.span)),
            ("Fn::GetAtt", _) => {
                let first = argument.items().first().and_then(Node::as_text);
                let id = argument.as_text().map_or(first, |text| text.split('.').next());
                names.extend(id.map(|id| (id, argument.span)));
                return;
            }
            ("Fn::Sub", text) => {
                let variables = argument.items().get(1);
                let text = text.or_else(|| argument.items().first()?.as_text());
                for piece in pieces(text.unwrap_or_default()) {
                    let Piece::Variable(name) = piece else { continue };
                    if variables.is_none_or(|all| all.get(name).is_none()) {
                        names.push((name, argument.span));
                    }
                }
            }
            _ => {}
        }
    }
    match &node.value {
        Value::Scalar(_) => {}
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, names)),
        Value::Mapping(entries) => entries.iter().for_each(|entry| collect(&entry.value, names)),
    }
}

fn conditions<'a>(document: &Document<'a>) -> BTreeMap<&'a str, Names<'a>> {
    fn named<'a>(node: &'a Node, names: &mut Names<'a>) {
        if let Some(call) = intrinsic::call(node)
            && let ("Condition", Some(name)) = (&*call.key.text, call.argument.as_text())
        {
            names.push((name, call.argument.span));
        }
        node.items().iter().for_each(|item| named(item, names));
        node.entries().iter().for_each(|entry| named(&entry.value, names));
    }
    let each = document.conditions.iter().map(|entry| {
        let mut names = Names::new();
        named(&entry.value, &mut names);
        (&*entry.key.text, names)
    });
    each.collect()
}

/// Reports each circle once, at the reference that closes it.
fn circles(what: &str, edges: &BTreeMap<&str, Names<'_>>, told: &mut Told) -> BTreeSet<Span> {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut closing = BTreeSet::new();
    for start in edges.keys().copied() {
        // Each element of the way with how many of its references were followed.
        let mut way: Vec<(&str, usize)> = vec![(start, 0)];
        while let Some((name, next)) = way.last_mut() {
            let (name, at) = (*name, *next);
            *next += 1;
            let reference = edges.get(name).and_then(|names| names.get(at));
            let Some((to, span)) = reference else {
                done.insert(name);
                way.pop();
                continue;
            };
            let to = to.split('.').next().unwrap_or(to);
            if done.contains(to) || !edges.contains_key(to) {
                continue;
            }
            let Some(first) = way.iter().position(|(name, _)| *name == to) else {
                way.push((to, 0));
                continue;
            };
            closing.insert(*span);
            let mut names: Vec<String> =
                way[first..].iter().map(|(name, _)| format!("`{name}`")).collect();
            names.push(format!("`{to}`"));
            let message = format!("these {what} need each other: {}", names.join(" -> "));
            told.problems
                .push(Problem::new(Code::Circular, message).at(*span, "back to the first"));
        }
    }
    closing
}
