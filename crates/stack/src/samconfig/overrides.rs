//! `parameter_overrides`: values of parameters in the forms that SAM takes.

use super::text;
use crate::problem::{Code, Problem};
use crate::yaml::{Entry, Node, Value};

/// Adds what is written: a text, a list of texts, or a mapping.
pub(super) fn read(written: &Node, set: &mut Vec<(String, String)>, problems: &mut Vec<Problem>) {
    match &written.value {
        Value::Mapping(entries) => {
            for Entry { key, value } in entries {
                if let Some(value) = text(value, problems) {
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
            for word in words(&scalar.text) {
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

/// Parted by spaces outside of quotes, as a shell does it.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', quote) if quote != Some('\'') => {
                word.get_or_insert_default().extend(letters.next());
            }
            (letter, Some(open)) if letter == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (letter, None) if letter.is_whitespace() => words.extend(word.take()),
            (letter, _) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_parted_as_in_a_shell() {
        let check = |text: &str, expected: &[&str]| assert_eq!(words(text), expected, "{text}");
        check("A=1  B=2\n", &["A=1", "B=2"]);
        check(r#"A="one two" B='it\n'"#, &["A=one two", r"B=it\n"]);
        check(r#"A=\"x\" B=a\ b C="" "#, &["A=\"x\"", "B=a b", "C="]);
        check("", &[]);
    }
}
