//! Message attributes as clients write them: a type, and a text or base64 bytes.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_MessageAttributeValue.html>

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use model::{AttributeData, AttributeValue};
use serde::{Deserialize, Serialize};

use super::errors;
use crate::error::AwsError;

pub(super) type Given = BTreeMap<String, Value<'static>>;

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Value<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    string_value: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<String>,
    #[serde(default)]
    data_type: Cow<'a, str>,
}

const TRACE: &str = "AWSTraceHeader";

/// The attributes of a message that is sent. Their rules are the queue's.
pub(super) fn read(given: Given) -> Result<Vec<(String, AttributeValue)>, AwsError> {
    let mut attributes = Vec::with_capacity(given.len());
    for (name, value) in given {
        let wrong =
            |what: &str| errors::invalid_value(format!("The message attribute '{name}' {what}."));
        if value.data_type.is_empty() {
            return Err(wrong("must contain a non-empty message attribute type"));
        }
        let data = match (value.string_value, value.binary_value) {
            (Some(text), None) => AttributeData::Text(text.into_owned()),
            (None, Some(binary)) => AttributeData::Binary(
                BASE64_STANDARD.decode(binary).map_err(|_| wrong("has no base64 in it"))?,
            ),
            (None, None) => return Err(wrong("must contain a non-empty message attribute value")),
            (Some(_), Some(_)) => return Err(wrong("has more than one value")),
        };
        let data_type = value.data_type.into_owned();
        attributes.push((name, AttributeValue { data_type, value: data }));
    }
    Ok(attributes)
}

/// The one system attribute that a sender may give.
pub(super) fn trace_header(given: Given) -> Result<Option<String>, AwsError> {
    let mut header = None;
    for (name, value) in read(given)? {
        header = match value {
            AttributeValue { data_type, value: AttributeData::Text(text) }
                if name == TRACE && data_type == "String" =>
            {
                Some(text)
            }
            _ => {
                return Err(errors::invalid_value(format!(
                    "The message system attribute '{name}' is not allowed: a sender may give \
                     {TRACE}, of the type String."
                )));
            }
        };
    }
    Ok(header)
}

/// An attribute as it is given back.
pub(super) fn write(value: &AttributeValue) -> Value<'_> {
    let data_type = Cow::Borrowed(value.data_type.as_str());
    match &value.value {
        AttributeData::Text(text) => {
            Value { string_value: Some(text.into()), data_type, ..Value::default() }
        }
        AttributeData::Binary(bytes) => {
            let binary_value = Some(BASE64_STANDARD.encode(bytes));
            Value { binary_value, data_type, ..Value::default() }
        }
    }
}

/// Whether a receive that names attributes asked for this one: by its name, by a beginning (`a.*`),
/// or for all of them (`All`, `.*`).
pub(super) fn is_asked_for(name: &str, wanted: &[String]) -> bool {
    wanted.iter().any(|wanted| match wanted.strip_suffix(".*") {
        Some(beginning) => name.starts_with(beginning),
        None => wanted == "All" || wanted == name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_asked_for_by_name_and_beginning() {
        let check = |name: &str, wanted: &[&str], expected| {
            let wanted: Vec<_> = wanted.iter().map(|one| (*one).to_owned()).collect();
            assert_eq!(is_asked_for(name, &wanted), expected, "{name} {wanted:?}");
        };
        check("trace.id", &[], false);
        check("trace.id", &["All"], true);
        check("trace.id", &[".*"], true);
        check("trace.id", &["other", "trace.*"], true);
        check("trace.id", &["trace"], false);
        check("trace", &["trace.*"], true);
    }
}
