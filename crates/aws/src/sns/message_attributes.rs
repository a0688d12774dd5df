//! Message attributes as requests have them.
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html>

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use model::{AttributeData, AttributeValue};
use serde::Deserialize;

use super::errors;
use crate::error::AwsError;

pub(super) type Given = BTreeMap<String, Value>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Value {
    data_type: Option<String>,
    string_value: Option<String>,
    /// In Base64.
    binary_value: Option<String>,
}

pub(super) fn read(given: Given) -> Result<Vec<(String, AttributeValue)>, AwsError> {
    given
        .into_iter()
        .map(|(name, value)| {
            check_name(&name)?;
            let value = value.read(&name)?;
            Ok((name, value))
        })
        .collect()
}

fn check_name(name: &str) -> Result<(), AwsError> {
    let refuse = |message: String| Err(errors::invalid_value(message));
    if name.len() > 256 {
        return refuse("Length of message attribute name must be less than 256 bytes.".to_owned());
    }
    if name.is_empty() || name.starts_with('.') {
        let message = "Invalid message attribute name starting with character '.' was found.";
        return refuse(message.to_owned());
    }
    if name.ends_with('.') {
        let message = "Invalid message attribute name ending with character '.' was found.";
        return refuse(message.to_owned());
    }
    if name.contains("..") {
        return refuse("Message attribute name can not have successive '.' character.".to_owned());
    }
    let is_odd = |c: &char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '.');
    match name.chars().find(is_odd) {
        Some(odd) => refuse(format!(
            "Invalid non-alphanumeric character '#x{:X}' was found in the message attribute \
             name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
            u32::from(odd)
        )),
        None => Ok(()),
    }
}

impl Value {
    fn read(self, name: &str) -> Result<AttributeValue, AwsError> {
        let Some(data_type) = self.data_type else {
            return Err(errors::missing(&format!("messageAttributes.{name}.member.dataType")));
        };
        let kind = data_type.split('.').next().unwrap_or_default();
        let is_known = matches!(kind, "String" | "Number" | "Binary");
        if !is_known || data_type.ends_with('.') {
            return Err(errors::invalid_value(format!(
                "The message attribute '{name}' has an invalid message attribute type, the set of \
                 supported type prefixes is Binary, Number, and String."
            )));
        }
        let empty = || {
            errors::invalid_value(format!(
                "The message attribute '{name}' must contain non-empty message attribute value \
                 for message attribute type '{data_type}'."
            ))
        };
        let (field, own, other) = match kind {
            "Binary" => ("Binary", self.binary_value, self.string_value),
            _ => ("String", self.string_value, self.binary_value),
        };
        let text = match (own, other) {
            (Some(text), _) if !text.is_empty() => text,
            (None, Some(_)) => {
                return Err(errors::invalid_value(format!(
                    "The message attribute '{name}' with type '{data_type}' must use field \
                     '{field}'."
                )));
            }
            _ => return Err(empty()),
        };
        let value = match kind {
            "Binary" => AttributeData::Binary(BASE64_STANDARD.decode(&text).map_err(|_| empty())?),
            "Number" if text.trim().parse::<f64>().is_err() => {
                return Err(errors::invalid_value(format!(
                    "Could not cast message attribute '{name}' value to number."
                )));
            }
            _ => AttributeData::Text(text),
        };
        Ok(AttributeValue { data_type, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str, expected: &str) {
        let value: Value = serde_json::from_str(value).expect("a value");
        let told = match read(BTreeMap::from([(name.to_owned(), value)])) {
            Ok(read) => format!("{:?}", read[0].1.value),
            Err(error) => error.message().to_owned(),
        };
        assert!(told.contains(expected), "{told}");
    }

    #[test]
    fn attributes_have_a_name_a_type_and_a_value() {
        check("a", r#"{"DataType":"String","StringValue":"x"}"#, "Text(\"x\")");
        check("a-b_c.d", r#"{"DataType":"Number.int","StringValue":"5"}"#, "Text(\"5\")");
        check("a", r#"{"DataType":"Binary","BinaryValue":"AgME"}"#, "Binary([2, 3, 4])");
        check("a", r#"{"StringValue":"x"}"#, "Value null at 'messageAttributes.a.member.dataType'");
        check("a", r#"{"DataType":"Text","StringValue":"x"}"#, "invalid message attribute type");
        check("a", r#"{"DataType":"String"}"#, "must contain non-empty");
        check("a", r#"{"DataType":"String","StringValue":""}"#, "must contain non-empty");
        check("a", r#"{"DataType":"Binary","StringValue":"x"}"#, "must use field 'Binary'");
        check("a", r#"{"DataType":"Number","StringValue":"x"}"#, "Could not cast");
        check("a b", r#"{"DataType":"String","StringValue":"x"}"#, "'#x20' was found");
        check(".a", r#"{"DataType":"String","StringValue":"x"}"#, "starting with character '.'");
        check("a..b", r#"{"DataType":"String","StringValue":"x"}"#, "successive '.'");
    }
}
