//! Tags as SNS's requests and answers have them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::errors;
use crate::error::AwsError;
use crate::tag;

const MOST: usize = 50;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

/// Adds tags, or changes those that are there.
pub(super) fn add(to: &mut BTreeMap<String, String>, tags: &[Tag]) -> Result<(), AwsError> {
    for (at, tag) in tags.iter().enumerate() {
        if tags[..at].iter().any(|other| other.key == tag.key) {
            return Err(errors::invalid("Duplicated keys are not allowed."));
        }
        let key = tag.key.chars().count();
        if !(1..=128).contains(&key) || tag.value.chars().count() > 256 {
            return Err(errors::invalid("Tags Reason: a key has 1 to 128 characters, a value 256"));
        }
        if tag::is_reserved(&tag.key) {
            return Err(errors::invalid(format!("Tags Reason: {}", tag::RESERVED)));
        }
        to.insert(tag.key.clone(), tag.value.clone());
    }
    if to.len() > MOST {
        let message = "Could not complete request: tag quota of per resource exceeded";
        return Err(AwsError::bad("TagLimitExceeded", message));
    }
    Ok(())
}

pub(super) fn list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    let tag = |(key, value): (&String, &String)| Tag { key: key.clone(), value: value.clone() };
    tags.iter().map(tag).collect()
}
