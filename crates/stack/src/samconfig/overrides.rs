//! `parameter_overrides`: values of parameters in the forms that SAM takes.

use super::text;
use crate::problem::{Code, Problem};
use crate::yaml::{Entry, Node, Value};

/// Adds what is written: words as a shell parts them, a list of texts, or a mapping.
pub(super) fn read(written: &Node, set: &mut Vec<(String, String)>, problems: &mut Vec<Problem>) {
    match &written.value {
        Value::Mapping(entries) => {
            for Entry { key, value } in entries {
                if let Some(value) = text(key, value, problems) {
                    set.push((key.text.clone(), value.to_owned()));
                }
            }
        }
        Value::Sequence(items) => {
            for item in items {
                match &item.value {
                    Value::Scalar(scalar) => add(&scalar.text, item, set, problems),
                    _ => read(item, set, problems),
                }
            }
        }
        Value::Scalar(scalar) => {
            let words = shlex::split(&scalar.text);
            if words.is_none() {
                let message = "a quote in it is not closed";
                problems.push(Problem::new(Code::Substitution, message).at(written.span, ""));
            }
            for word in words.into_iter().flatten() {
                add(&word, written, set, problems);
            }
        }
    }
}

/// `Name=value`, or `ParameterKey=Name,ParameterValue=value`.
fn add(word: &str, at: &Node, set: &mut Vec<(String, String)>, problems: &mut Vec<Problem>) {
    let long = word.strip_prefix("ParameterKey=");
    let pair = match long {
        Some(rest) => rest.split_once(",ParameterValue="),
        None => word.split_once('='),
    };
    match pair {
        Some((name, value)) if !name.is_empty() => set.push((name.to_owned(), value.to_owned())),
        _ => {
            let message = format!("`{word}` is not `Name=value`");
            problems.push(Problem::new(Code::Substitution, message).at(at.span, ""));
        }
    }
}
