//! What a function's environment may be.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>

use std::collections::BTreeMap;

use model::function::RESERVED_VARIABLES;

use super::problem::invalid;
use crate::error::AwsError;

/// Of all variables, as JSON.
const MOST_BYTES: usize = 4096;

const REFUSED: &str = "Lambda was unable to configure your environment variables because the \
                       environment variables you have provided";

pub(super) fn check(variables: &BTreeMap<String, String>) -> Result<(), AwsError> {
    let is_reserved = |name: &&str| RESERVED_VARIABLES.contains(name);
    let reserved: Vec<&str> = variables.keys().map(String::as_str).filter(is_reserved).collect();
    if !reserved.is_empty() {
        return Err(invalid(format!(
            "{REFUSED} contains reserved keys that are currently not supported for modification. \
             Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    if variables.keys().any(|name| !is_name(name)) {
        let message = "1 validation error detected: Value at 'environment.variables' failed to \
                       satisfy constraint: Map keys must satisfy constraint: [Member must satisfy \
                       regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]";
        return Err(AwsError::bad("ValidationException", message));
    }
    // Texts by texts can always be written as JSON.
    let measured = serde_json::to_string(variables).unwrap_or_default();
    if measured.len() > MOST_BYTES {
        return Err(invalid(format!(
            "{REFUSED} exceeded the 4KB limit. String measured: {measured}"
        )));
    }
    Ok(())
}

/// A letter, and at least one more letter, digit or `_`.
fn is_name(text: &str) -> bool {
    text.len() >= 2
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    fn check(variables: &[(&str, &str)], expected: Option<&str>) {
        let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let refused = super::check(&owned.collect()).map_err(|error| error.message().to_owned());
        match (refused, expected) {
            (Ok(()), None) => {}
            (Err(message), Some(end)) if message.ends_with(end) => {}
            (seen, _) => panic!("{variables:?}: {seen:?}"),
        }
    }

    #[test]
    fn what_the_platform_sets_and_what_no_shell_takes_is_refused() {
        check(&[("TABLE", "orders"), ("A_1", "")], None);
        check(
            &[("AWS_REGION", "x"), ("B", "x"), ("_HANDLER", "x")],
            Some("Reserved keys used in this request: AWS_REGION, _HANDLER"),
        );
        for name in ["A", "1A", "_A", "A-B", "\u{c4}A", ""] {
            check(&[(name, "x")], Some("[a-zA-Z]([a-zA-Z0-9_])+]"));
        }
    }

    #[test]
    fn four_kilobytes_are_all() {
        let around = r#"{"NAME":""}"#.len();
        check(&[("NAME", &"x".repeat(4096 - around))], None);
        let large = "x".repeat(4097 - around);
        let measured = format!("the 4KB limit. String measured: {{\"NAME\":\"{large}\"}}");
        check(&[("NAME", &large)], Some(&measured));
    }
}
