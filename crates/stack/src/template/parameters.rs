//! The parameters of a template and the values they have.

use std::collections::BTreeMap;

use regex::Regex;

use super::values::literal;
use crate::Inputs;
use crate::problem::{Code, Problem, Told};
use crate::shape::{did_you_mean, listed};
use crate::source::Span;
use crate::yaml::{Entry, Node, Style};

/// A parameter's value. Texts are in the native form, where `${` begins a substitution.
#[derive(Debug, Clone)]
pub(super) enum Parameter {
    Text(String, Style),
    List(Vec<String>),
    /// One that is not to be shown: the native manifest refers to it, and its value stays outside.
    Secret {
        value: String,
        default: Option<String>,
    },
    /// Without a value, which has been reported.
    Missing,
}

pub(super) type Parameters = BTreeMap<String, Parameter>;

/// Where `cdk bootstrap` notes its version, and one that every app of today accepts.
const BOOTSTRAP: (&str, &str) = ("/cdk-bootstrap/", "21");

const STORED: &str = "AWS::SSM::Parameter::Value<";

/// `given` are values that stand in for defaults.
pub(super) fn read(
    written: &[Entry],
    inputs: &Inputs,
    given: Option<&BTreeMap<String, String>>,
    told: &mut Told,
) -> Parameters {
    let names = || written.iter().map(|entry| &*entry.key.text);
    for (name, _) in &inputs.set {
        if !names().any(|known| known == name) {
            let message =
                format!("`--set {name}` names a parameter that the template does not declare");
            let all = listed(names(), "and");
            let all = if all.is_empty() { "none".to_owned() } else { all };
            let help = did_you_mean(name, names());
            let help = help.unwrap_or_else(|| format!("it declares {all}"));
            told.problems.push(Problem::new(Code::UnknownParameter, message).help(help));
        }
    }
    let one = |entry: &Entry| (entry.key.text.clone(), parameter(entry, inputs, given, told));
    written.iter().map(one).collect()
}

fn parameter(
    entry: &Entry,
    inputs: &Inputs,
    given: Option<&BTreeMap<String, String>>,
    told: &mut Told,
) -> Parameter {
    let name = &entry.key.text;
    let text = |key: &str| entry.value.get(key).and_then(Node::as_text);
    let kind = text("Type").unwrap_or("String");
    let set = inputs.set.iter().rev().find(|(set, _)| set == name).map(|(_, value)| &**value);
    let default = text("Default");
    let given = given.and_then(|all| all.get(name)).map(String::as_str);
    let value = match (set.or(given), default) {
        (Some(value), _) => value.to_owned(),
        (None, Some(path)) if kind.starts_with(STORED) => match stored(path) {
            Some(value) => value.to_owned(),
            None => {
                let message =
                    format!("the parameter `{name}` is kept at `{path}`, which is not known yet");
                let help = format!("start with `--set {name}=...`: the value itself");
                let problem = Problem::new(Code::MissingParameter, message);
                told.problems.push(problem.at(entry.key.span, "").help(help));
                return Parameter::Missing;
            }
        },
        (None, Some(default)) => default.to_owned(),
        (None, None) => {
            let message = format!("the parameter `{name}` has no value");
            let purpose = text("Description").map(|text| format!(": {text}")).unwrap_or_default();
            let help = format!("start with `--set {name}=...`{purpose}");
            let problem = Problem::new(Code::MissingParameter, message);
            told.problems.push(problem.at(entry.key.span, "").help(help));
            return Parameter::Missing;
        }
    };
    check(entry, kind, &value, told);
    if text("NoEcho").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        return Parameter::Secret { value, default: default.map(str::to_owned) };
    }
    if kind.contains("List<") || kind == "CommaDelimitedList" {
        let items = value.split(',').map(|item| literal(item.trim()));
        return Parameter::List(items.filter(|item| !item.is_empty()).collect());
    }
    let style = if kind == "Number" { Style::Plain } else { Style::Quoted };
    Parameter::Text(literal(&value), style)
}

fn stored(path: &str) -> Option<&'static str> {
    let (prefix, version) = BOOTSTRAP;
    path.starts_with(prefix).then_some(version)
}

/// Reports a value that the parameter's declaration does not allow.
fn check(entry: &Entry, kind: &str, value: &str, told: &mut Told) {
    let declared = &entry.value;
    let number = |key: &str| declared.get(key)?.as_text()?.parse::<f64>().ok();
    let is_secret = declared.get("NoEcho").is_some();
    let shown = if is_secret { "its value".to_owned() } else { format!("`{value}`") };
    let mut refuse = |why: String, span: Span| {
        let message = format!("the parameter `{}` does not take {shown}: {why}", entry.key.text);
        let help = declared.get("ConstraintDescription").and_then(Node::as_text);
        let problem = Problem::new(Code::ParameterType, message).at(span, "");
        told.problems.push(problem.maybe_help(help.map(str::to_owned)));
    };
    if let Some(allowed) = declared.get("AllowedValues") {
        let all: Vec<&str> = allowed.items().iter().filter_map(Node::as_text).collect();
        if !all.contains(&value) {
            refuse(format!("it takes {}", listed(all, "or")), allowed.span);
        }
    }
    if let Some((pattern, span)) =
        declared.get("AllowedPattern").and_then(|it| Some((it.as_text()?, it.span)))
    {
        match Regex::new(&format!("^(?:{pattern})$")) {
            Ok(regex) if regex.is_match(value) => {}
            Ok(_) => refuse(format!("it takes what matches `{pattern}`"), span),
            Err(_) => refuse(format!("`{pattern}` cannot be read as a pattern"), span),
        }
    }
    let length = value.chars().count() as f64;
    let parsed = value.parse::<f64>().ok();
    if kind == "Number" && parsed.is_none() {
        refuse(
            "it takes a number".to_owned(),
            declared.get("Type").map_or(entry.key.span, |it| it.span),
        );
    }
    for (key, found) in [("MinLength", Some(length)), ("MinValue", parsed)] {
        if let (Some(least), Some(found)) = (number(key), found)
            && found < least
        {
            refuse(
                format!("its `{key}` is {least}"),
                declared.get(key).map_or(entry.key.span, |it| it.span),
            );
        }
    }
    for (key, found) in [("MaxLength", Some(length)), ("MaxValue", parsed)] {
        if let (Some(most), Some(found)) = (number(key), found)
            && found > most
        {
            refuse(
                format!("its `{key}` is {most}"),
                declared.get(key).map_or(entry.key.span, |it| it.span),
            );
        }
    }
}
