//! Tags as EventBridge writes them: a list of keys and values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::errors;
use crate::constraint;
use crate::error::AwsError;
use crate::tag;

const MOST: usize = 50;

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Tag {
    key: String,
    value: String,
}

/// Adds tags; one with the same key is replaced.
pub(crate) fn add(tags: &mut BTreeMap<String, String>, added: Vec<Tag>) -> Result<(), AwsError> {
    for Tag { key, value } in added {
        if key.is_empty() || key.chars().count() > 128 {
            return Err(constraint::broken(key, "tags", "have keys of 1 to 128 characters"));
        }
        if value.chars().count() > 256 {
            return Err(constraint::broken(value, "tags", "have values of at most 256 characters"));
        }
        if tag::is_reserved(&key) {
            return Err(errors::invalid(tag::RESERVED));
        }
        tags.insert(key, value);
    }
    if tags.len() > MOST {
        return Err(errors::too_many("a resource has at most 50 tags"));
    }
    Ok(())
}

pub(crate) fn list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}
