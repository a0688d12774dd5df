//! What is said of an input that does not have its type: AWS's words, in place of those of the library
//! that reads it.

use serde_json::error::Category;

use crate::error::AwsError;

/// An input that does not have its type.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    /// A member that must be there is not.
    Missing(String),
    Unreadable(String),
}

impl From<serde_json::Error> for Malformed {
    fn from(error: serde_json::Error) -> Self {
        if error.classify() != Category::Data {
            return Self::Unreadable("The request is not well-formed JSON.".to_owned());
        }
        let text = error.to_string();
        // Members of a form, a path or a query stand in no line.
        let place = text.rsplit_once(" at line ").filter(|_| error.line() > 0);
        let text = place.map_or(&*text, |(text, _)| text);
        let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
        match missing {
            Some((member, _)) => Self::Missing(member.to_owned()),
            None => Self::Unreadable(mistaken(text).unwrap_or_else(|| text.to_owned())),
        }
    }
}

impl Malformed {
    pub(super) fn told(self, missing: fn(&str) -> AwsError) -> AwsError {
        match self {
            Self::Missing(member) => missing(&member),
            Self::Unreadable(problem) => AwsError::malformed(problem),
        }
    }
}

/// Of a value that is another than its member takes.
fn mistaken(text: &str) -> Option<String> {
    let text = text.strip_prefix("invalid type: ").or(text.strip_prefix("invalid value: "))?;
    let (given, wanted) = text.rsplit_once(", expected ")?;
    let given = match given.split([' ', '`']).next()? {
        "sequence" => return Some("Start of list found where not expected".to_owned()),
        "map" => return Some("Start of structure or map found where not expected".to_owned()),
        "string" => "STRING_VALUE",
        "integer" | "floating" => "NUMBER_VALUE",
        "boolean" if given.contains("true") => "TRUE_VALUE",
        "boolean" => "FALSE_VALUE",
        _ => return Some("Unexpected null value".to_owned()),
    };
    let wanted = match wanted {
        "a string" | "a borrowed string" | "string" => "a String",
        "a boolean" | "bool" => "a Boolean",
        "f32" | "f64" => "a Double",
        number if number.starts_with(['i', 'u']) => "an Integer",
        _ => return Some("Unexpected field type".to_owned()),
    };
    Some(format!("{given} can not be converted to {wanted}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    #[expect(dead_code, reason = "only whether it can be read is of interest")]
    struct Input {
        text: String,
        number: Option<i32>,
        flag: Option<bool>,
        list: Option<Vec<String>>,
        map: Option<BTreeMap<String, String>>,
    }

    fn check(body: &str, expected: &str) {
        let error = serde_json::from_str::<Input>(body).expect_err(body);
        let problem = match Malformed::from(error) {
            Malformed::Missing(member) => format!("no {member}"),
            Malformed::Unreadable(problem) => problem,
        };
        assert_eq!(problem, expected, "{body}");
    }

    #[test]
    fn no_words_of_the_library_are_told() {
        check(r#"{"Text": 5}"#, "NUMBER_VALUE can not be converted to a String");
        check(r#"{"Text": true}"#, "TRUE_VALUE can not be converted to a String");
        check(r#"{"Text": null}"#, "Unexpected null value");
        check(r#"{"Text": ["x"]}"#, "Start of list found where not expected");
        check(r#"{"Text": {}}"#, "Start of structure or map found where not expected");
        check(r#"{"Number": "x, expected y"}"#, "STRING_VALUE can not be converted to an Integer");
        check(r#"{"Number": 9999999999}"#, "NUMBER_VALUE can not be converted to an Integer");
        check(r#"{"Number": 1.5}"#, "NUMBER_VALUE can not be converted to an Integer");
        check(r#"{"Flag": "true"}"#, "STRING_VALUE can not be converted to a Boolean");
        check(r#"{"List": "x"}"#, "Unexpected field type");
        check(r#"{"Map": false}"#, "Unexpected field type");
        check("5", "Unexpected field type");
        check("[", "The request is not well-formed JSON.");
        check("{", "The request is not well-formed JSON.");
        check("{}", "no Text");
    }
}
