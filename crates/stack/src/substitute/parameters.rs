//! The values of the parameters that a manifest declares.

use std::collections::BTreeMap;

use model::ParameterName;

use crate::Inputs;
use crate::manifest::{Name, Parameter};
use crate::problem::{Code, Problem};
use crate::shape::{Map, Named, Placed, did_you_mean, listed};

/// The value of each declared parameter, `None` for one whose lack of a value has been reported.
pub(super) type Values = BTreeMap<String, Option<String>>;

pub(super) fn values(
    declared: &Map<Name<ParameterName>, Parameter>,
    inputs: &Inputs,
    problems: &mut Vec<Problem>,
) -> Values {
    for (name, _) in &inputs.set {
        if !declared.names().any(|known| known == name) {
            let help = did_you_mean(name, declared.names()).or_else(|| {
                let all = listed(declared.names(), "and");
                (!all.is_empty()).then(|| format!("the manifest declares {all}"))
            });
            let message = format!("`--set {name}` names a parameter that is not declared");
            let help = help.unwrap_or_else(|| "the manifest declares no parameters".to_owned());
            problems.push(Problem::new(Code::UnknownParameter, message).help(help));
        }
    }
    let mut values = Values::new();
    for parameter in &declared.entries {
        values.insert(parameter.text.clone(), value(parameter, inputs, problems));
    }
    values
}

fn value(
    parameter: &Named<Name<ParameterName>, Parameter>,
    inputs: &Inputs,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let name = &parameter.text;
    let declared = parameter.value.as_ref()?;
    if let Some(default) = &declared.default
        && let Err(refused) = declared.kind.check(&default.value)
    {
        let message = format!("the default of `{name}` {}", refused.why);
        problems.push(Problem::new(refused.code, message).at(default.span, ""));
    }
    if let Some((_, set)) = inputs.set.iter().rev().find(|(set, _)| set == name) {
        if let Err(refused) = declared.kind.check(set) {
            let message = format!("the value of `--set {name}` {}", refused.why);
            problems.push(Problem::new(refused.code, message).at(parameter.span, "declared here"));
            return None;
        }
        return Some(set.clone());
    }
    match &declared.default {
        Some(default) => Some(default.value.clone()),
        // A default that is written but could not be read has been reported.
        None if declared_default(declared) => None,
        None => {
            let message = format!("the parameter `{name}` has no value");
            let problem = Problem::new(Code::MissingParameter, message)
                .at(parameter.span, "")
                .help(match &declared.description {
                    Some(purpose) => format!("start with `--set {name}=...`: {purpose}"),
                    None => format!("start with `--set {name}=...`, or give it a `default`"),
                });
            problems.push(problem);
            None
        }
    }
}

fn declared_default(parameter: &Parameter) -> bool {
    parameter.record().key("default").is_some()
}
