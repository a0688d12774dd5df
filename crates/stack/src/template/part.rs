//! A template inside of another tool's file: its resources, and what that file may say of them.

use std::collections::BTreeMap;
use std::path::Path;

use super::document::Document;
use super::lowering::Lowering;
use super::references;
use super::values::Values;
use super::{parameters, urls};
use crate::Inputs;
use crate::problem::Told;
use crate::source::Span;
use crate::yaml::{Entry, Node};

/// What a template comes to.
pub(crate) struct Part {
    /// A manifest's tree.
    pub(crate) tree: Node,
    /// What `Ref` of a resource is, by `Jobs`, and what its attributes are, by `Jobs.Arn`.
    pub(crate) references: BTreeMap<String, String>,
}

/// What somebody else makes, for the template to refer to: a logical id, a type and its properties.
pub(crate) type Outside = (String, &'static str, Vec<Entry>);

/// Attributes that other tools' files ask for.
const ATTRIBUTES: [&str; 5] = ["Arn", "QueueName", "QueueUrl", "TopicArn", "TopicName"];

/// `sections` are those of the template. `None` when problems that were reported leave nothing to go on with.
pub(crate) fn lower(
    sections: Vec<Entry>,
    outside: Vec<Outside>,
    (stack, folder): (String, &Path),
    inputs: &Inputs,
    told: &mut Told,
) -> Option<Part> {
    let span = sections.first()?.key.span;
    let ids = outside.iter().map(|(id, ..)| id.clone()).collect();
    let tree = Node::mapping(span, joined(sections, outside, span));
    let document = Document::read(&tree, told)?;
    // What is set on the command line is for the file around it.
    let inputs = Inputs { set: Vec::new(), ..inputs.clone() };
    let parameters = parameters::read(document.parameters, &inputs, None, told);
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
    let mut values = Values::new(&document, parameters, &inputs, stack.clone(), folder);
    values.outside = ids;
    values.closing = references::check(&values, told);
    let mut lowering = Lowering::new(&values, None, told);
    lowering.resources();
    lowering.outputs();
    let native = std::mem::take(&mut lowering.native);
    told.imported.extend(values.imported());
    let mut tree = native.finish(Node::text(span, stack), told);
    urls::settle(&mut tree);
    Some(Part { tree, references: all_references(&values) })
}

fn joined(mut sections: Vec<Entry>, outside: Vec<Outside>, span: Span) -> Vec<Entry> {
    let stubs = outside.into_iter().map(|(id, kind, properties)| {
        let properties = Node::mapping(span, properties);
        let kind = Entry::new("Type", span, Node::plain(span, kind));
        let whole = vec![kind, Entry::new("Properties", span, properties)];
        Entry::new(id, span, Node::mapping(span, whole))
    });
    if let Some(resources) = sections.iter_mut().find(|entry| entry.key.text == "Resources") {
        let mut entries = resources.value.entries().to_vec();
        entries.extend(stubs);
        resources.value = Node::mapping(resources.value.span, entries);
    }
    sections
}

fn all_references(values: &Values<'_>) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for resource in &values.document.resources {
        // What cannot be said of a resource is told where somebody asks for it.
        let mut unheard = Told::default();
        let span = resource.key.span;
        let call = |name: &str, argument: String| {
            let argument = Node::text(span, argument);
            Node::mapping(span, vec![Entry::new(name, span, argument)])
        };
        let id = resource.id();
        all.extend(
            values.text(&call("Ref", id.to_owned()), &mut unheard).map(|it| (id.to_owned(), it)),
        );
        for attribute in ATTRIBUTES {
            let path = format!("{id}.{attribute}");
            let text = values.text(&call("Fn::GetAtt", path.clone()), &mut unheard);
            all.extend(text.map(|text| (path, text)));
        }
    }
    all
}
