//! From a template of CloudFormation or SAM to the native manifest's tree. Every value keeps the place it
//! came from, so that the checks that follow point into the template.

pub(crate) mod assembly;
mod bag;
mod document;
mod globals;
mod implicit;
mod intrinsic;
mod kind;
mod lowering;
mod native;
mod parameters;
pub(crate) mod part;
mod references;
mod urls;
mod values;

use std::path::Path;

use crate::Inputs;
use crate::problem::Told;
use crate::yaml::Node;

use assembly::Assembly;
use document::Document;
pub(crate) use lowering::needs_build;

use lowering::Lowering;
use native::Draft;
use values::{Values, literal};

/// The native manifest of a template, and the inputs that are left for it. `None` when problems that were
/// reported leave nothing to go on with.
pub(crate) fn lower(
    tree: &Node,
    path: &Path,
    assembly: Option<&Assembly>,
    inputs: &Inputs,
    told: &mut Told,
) -> Option<(Node, Inputs)> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = path.parent().unwrap_or(Path::new("/"));
    let tree = globals::apply(&implicit::apply(tree), told);
    let document = Document::read(&tree, told)?;
    let given = assembly.map(|it| &it.parameters);
    let parameters = parameters::read(document.parameters, inputs, given, told);
    let own = || {
        let named_after = crate::samconfig::project(&path).unwrap_or(folder);
        assembly.map_or_else(|| stack_name(named_after), |it| it.stack.clone())
    };
    let stack = inputs.stack_name.clone().unwrap_or_else(own);
    let mut values = Values::new(&document, parameters, inputs, stack, folder.to_owned());
    values.closing = references::check(&values, told);
    let mut lowering = Lowering::new(&values, assembly, told);
    lowering.resources();
    lowering.outputs();
    let mut native = std::mem::take(&mut lowering.native);
    let span = document.resources.first()?.key.span;
    told.imported.extend(values.imported());
    let secrets = values.secrets();
    for (name, default) in &secrets {
        let mut parameter = Draft::new(span);
        let default = default.as_deref().map(|text| Node::text(span, literal(text)));
        parameter.put_some("default", default);
        native.add("parameters", name, span, parameter.node(), told);
    }
    let mut whole = native.finish(Node::text(span, values.stack.clone()), told);
    urls::settle(&mut whole);
    let set =
        inputs.set.iter().filter(|(name, _)| secrets.iter().any(|(secret, _)| secret == name));
    Some((whole, Inputs { set: set.cloned().collect(), ..inputs.clone() }))
}

/// What CloudFormation would be told to call the stack: here its folder's name.
fn stack_name(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'));
    let name: String = words.filter(|it| !it.is_empty()).collect::<Vec<_>>().join("-");
    let name: String = name.chars().take(40).collect();
    if name.is_empty() { "stack".to_owned() } else { name }
}
