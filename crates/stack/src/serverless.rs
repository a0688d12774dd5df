//! From a `serverless.yml` of the Serverless Framework to the manifest's own tree.

mod api;
mod event;
mod function;
mod invocation;
mod layer;
mod package;
mod plugins;
mod provider;
mod reference;
mod resources;
mod service;
mod usage_plan;
mod value;
mod variables;

use std::path::Path;

use crate::Inputs;
use crate::problem::Told;
use crate::yaml::Node;

/// The manifest's tree, and the inputs that are left for it. `None` once it has been told why not.
pub(crate) fn lower(
    tree: &Node,
    path: &Path,
    inputs: &Inputs,
    told: &mut Told,
) -> Option<(Node, Inputs)> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let variables = variables::Variables::new(tree, folder, inputs);
    let resolved = variables.resolve(&mut told.problems);
    let stage = variables.stage();
    let (lowered, secrets) =
        service::Service::open(&resolved, stage, path, inputs, told)?.lower()?;
    // Options of the command line have been put where variables ask for them.
    let inputs = Inputs { set: secrets, ..inputs.clone() };
    Some((lowered, inputs))
}

#[cfg(test)]
mod tests {
    use super::{function, provider};

    #[test]
    fn every_property_is_in_the_case_that_shows_what_becomes_of_it() {
        let case = include_str!("../cases/serverless/every-property.case");
        let (written, _) = case.split_once("\n---\n").expect("a case");
        for (key, _) in function::KEYS.iter().chain(&provider::KEYS) {
            let is_written =
                written.lines().any(|it| it.trim_start().starts_with(&format!("{key}:")));
            assert!(is_written, "`{key}`");
        }
    }
}
