//! From an OpenAPI or Swagger document with API Gateway's extensions to an API of the manifest's tree.

mod cors;
mod document;
mod extension;
mod integration;
mod mock;
mod operation;
mod pointer;
mod target;
mod validation;

use crate::Inputs;
use crate::problem::Told;
use crate::shape::closest;
use crate::yaml::{Entry, Node};

pub(crate) use document::{Lowered, api, escaped, unescaped};

/// The key under which a document brings along what the manifest holds besides its API.
const OWN: &str = "x-tidegate";

/// A whole file's tree in the manifest's form. `None` once it has been told why not.
pub(crate) fn lower(tree: &Node, inputs: &Inputs, told: &mut Told) -> Option<(Node, Inputs)> {
    let document = document::escaped(tree);
    let protocol = document::protocol(&document);
    let Lowered { api, upstreams, .. } = api(&document, protocol, told)?;
    let span = tree.span;
    let title = document.get("info").and_then(|info| info.get("title"));
    let name = title.and_then(Node::as_text).map(document::name_of).unwrap_or_default();
    let name = if name.is_empty() { "api".to_owned() } else { name };
    let title_span = title.map_or(span, |title| title.span);
    let mut entries = vec![Entry::new("name", title_span, Node::text(title_span, name.clone()))];
    // The manifest's own form, with its own substitutions.
    for entry in tree.get(OWN).map(Node::entries).unwrap_or_default() {
        match &*entry.key.text {
            "apis" => told.unsupported("the document itself is the API", entry.key.span),
            "name" => entries[0] = entry.clone(),
            _ => entries.push(entry.clone()),
        }
    }
    join(&mut entries, "upstreams", upstreams);
    let api = Entry::new(name, span, Node::mapping(span, api));
    entries.push(Entry::new("apis", span, Node::mapping(span, vec![api])));
    let has_parameters = entries.iter().any(|entry| entry.key.text == "parameters");
    let set = if has_parameters { inputs.set.clone() } else { Vec::new() };
    Some((Node::mapping(span, entries), Inputs { set, ..inputs.clone() }))
}

/// Adds to a collection that may be there already.
fn join(entries: &mut Vec<Entry>, key: &str, more: Vec<Entry>) {
    let Some(first) = more.first() else { return };
    let span = first.key.span;
    match entries.iter_mut().find(|entry| entry.key.text == key) {
        Some(known) => {
            let all = known.value.entries().iter().cloned().chain(more).collect();
            known.value = Node::mapping(known.value.span, all);
        }
        None => entries.push(Entry::new(key, span, Node::mapping(span, more))),
    }
}

/// The extension that was probably meant.
fn near(text: &str, known: impl IntoIterator<Item = &'static str>) -> Option<String> {
    closest(text, known).map(|known| format!("did you mean `{known}`?"))
}
