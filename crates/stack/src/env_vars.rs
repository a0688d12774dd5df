//! Values for functions' variables from a file beside the manifest, in the shape that SAM has for
//! them: `{"Parameters": {"NAME": "for every function"}, "hello": {"NAME": "for one"}}`.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/using-sam-cli-local-invoke.html>

use std::collections::BTreeMap;
use std::path::Path;

use model::Stack;

use crate::manifest::VariableName;
use crate::problem::{Code, Problem, Problems};
use crate::shape::{Text, did_you_mean};
use crate::source::Source;
use crate::yaml::{self, Entry, Node, Value};

/// The key whose variables every function gets.
const EVERYWHERE: &str = "Parameters";

/// Gives the functions of `stack` what the file says. A function's own value wins over one for
/// every function, and both over the manifest's.
pub(crate) fn apply(path: &Path, stack: &mut Stack) -> Result<(), Problems> {
    let name = path.display().to_string();
    let bytes = crate::read_bounded(path).map_err(|error| {
        let message = format!("the file of variables `{name}` cannot be read: {error}");
        let source = Source { name: name.clone(), text: String::new() };
        Problems::new(source, vec![Problem::new(Code::Unreadable, message)])
    })?;
    apply_text(Source::from_bytes(name, bytes)?, stack)
}

fn apply_text(mut source: Source, stack: &mut Stack) -> Result<(), Problems> {
    let mut problems = Vec::new();
    let tree = yaml::parse(&source, yaml::Tags::Refused, &mut problems);
    if let Some(tree) = &tree {
        let groups = mapping(tree, "the file", &mut problems).iter();
        let (everywhere, own): (Vec<_>, Vec<_>) =
            groups.partition(|group| group.key.text == EVERYWHERE);
        for group in everywhere {
            let values = variables(group, &mut problems);
            for function in stack.functions.values_mut() {
                function.environment.extend(values.clone());
            }
        }
        for group in own {
            let values = variables(group, &mut problems);
            give(stack, group, values, &mut problems);
        }
        hide_values(&mut source.text, tree);
    }
    if problems.is_empty() { Ok(()) } else { Err(Problems::new(source, problems)) }
}

fn give(
    stack: &mut Stack,
    group: &Entry,
    values: BTreeMap<String, String>,
    problems: &mut Vec<Problem>,
) {
    let named = &group.key.text;
    // A template's functions have the name of its stack before their own.
    let full = format!("{}-{named}", stack.name);
    for name in [named, &full] {
        let mut all = stack.functions.values_mut();
        if let Some(function) = all.find(|function| function.name.as_str() == name) {
            function.environment.extend(values);
            return;
        }
    }
    let message = format!("the stack has no function `{named}`");
    let help = did_you_mean(named, stack.functions.keys().map(|name| name.as_str()));
    let problem = Problem::new(Code::Dangling, message).at(group.key.span, "");
    problems.push(problem.maybe_help(help));
}

fn variables(group: &Entry, problems: &mut Vec<Problem>) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for entry in mapping(&group.value, &format!("`{}`", group.key.text), problems) {
        let name = &entry.key.text;
        if let Err(refused) = VariableName::parse(name) {
            let problem = Problem::new(refused.code, format!("`{name}` {}", refused.why));
            problems.push(problem.at(entry.key.span, "").maybe_help(refused.help));
            continue;
        }
        match &entry.value.value {
            Value::Scalar(scalar)
                if !scalar.is_null() && !model::reference::is_torn(&scalar.text) =>
            {
                values.insert(name.clone(), scalar.text.clone());
            }
            _ => {
                let kind = entry.value.kind();
                let message = format!("`{name}` takes text, a number or a boolean, not {kind}");
                let problem = Problem::new(Code::WrongType, message).at(entry.key.span, "");
                problems.push(problem);
            }
        }
    }
    values
}

fn mapping<'a>(node: &'a Node, what: &str, problems: &mut Vec<Problem>) -> &'a [Entry] {
    if let Value::Mapping(entries) = &node.value {
        return entries;
    }
    let message = format!("{what} takes a mapping, not {}", node.kind());
    problems.push(Problem::new(Code::WrongType, message).at(node.span, ""));
    &[]
}

/// What is shown beside a problem has no secrets.
fn hide_values(text: &mut String, node: &Node) {
    match &node.value {
        Value::Scalar(_) => {
            let range = node.span.range();
            if text.get(range.clone()).is_some() {
                let stars = "*".repeat(range.len());
                text.replace_range(range, &stars);
            }
        }
        Value::Sequence(nodes) => nodes.iter().for_each(|node| hide_values(text, node)),
        Value::Mapping(entries) => entries.iter().for_each(|it| hide_values(text, &it.value)),
    }
}

#[cfg(test)]
mod tests {
    use model::FunctionName;

    use super::*;
    use crate::problem::Look;

    const MANIFEST: &str = "\
name: s
functions:
  one: { runtime: python3.11, code: ., handler: index.handler, environment: { A: manifest, B: b } }
  two: { runtime: python3.11, code: ., handler: index.handler }
";

    fn applied(file: &str) -> Result<Stack, String> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("index.py"), "").expect("written");
        let manifest = folder.path().join("tidegate.yaml");
        let inputs = crate::Inputs::default();
        let read = crate::read_bytes(&manifest, MANIFEST.into(), &inputs);
        let mut stack = read.expect("a manifest").stack;
        let source = Source { name: "env.json".into(), text: file.into() };
        apply_text(source, &mut stack).map_err(|problems| problems.render(Look::Plain))?;
        Ok(stack)
    }

    fn variable(stack: &Stack, function: &str, name: &str) -> Option<String> {
        let function = FunctionName::parse(function).expect("a name");
        stack.functions[&function].environment.get(name).cloned()
    }

    #[test]
    fn a_functions_own_value_wins_over_one_for_all_and_both_over_the_manifests() {
        let file = r#"{"one": {"A": "own", "N": 7}, "Parameters": {"A": "all", "T": true}}"#;
        let stack = applied(file).expect("applied");
        let check = |function, name, expected: Option<&str>| {
            assert_eq!(variable(&stack, function, name).as_deref(), expected, "{function} {name}");
        };
        check("one", "A", Some("own"));
        check("one", "B", Some("b"));
        check("one", "N", Some("7"));
        check("one", "T", Some("true"));
        check("two", "A", Some("all"));
        check("two", "N", None);
    }

    #[test]
    fn what_cannot_be_is_told_with_its_place_and_without_values() {
        let told = applied(
            "{\"oen\": {\"A\": \"hunter2\"},\n \"one\": {\"_HANDLER\": \"hunter3\", \"L\": [\"hunter4\"]}}",
        );
        let told = told.expect_err("three problems");
        assert!(!told.contains("hunter"), "{told}");
        for expected in [
            "the stack has no function `oen`",
            "did you mean `one`?",
            "`_HANDLER` is set by the platform",
            "`L` takes text, a number or a boolean, not a list",
            "env.json:1:2",
        ] {
            assert!(told.contains(expected), "{told}");
        }
        assert!(applied("[]").expect_err("no mapping").contains("takes a mapping"), "a list");
    }
}
