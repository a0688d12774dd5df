//! A queue's tags.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html>

use std::collections::BTreeMap;

use super::errors;
use crate::error::AwsError;
use crate::tag;

pub(super) type Tags = BTreeMap<String, String>;

const MOST: usize = 50;

/// Adds tags; one with the same key is replaced.
pub(super) fn add(tags: &mut Tags, added: &Tags) -> Result<(), AwsError> {
    for (key, value) in added {
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(errors::invalid_value(format!(
                "Tag keys must be 1 to 128 characters long and values at most 256: {key}"
            )));
        }
        if tag::is_reserved(key) {
            return Err(errors::invalid_value(tag::RESERVED));
        }
        tags.insert(key.clone(), value.clone());
    }
    if tags.len() > MOST {
        return Err(errors::invalid_value("Too many tags added for the queue: at most 50."));
    }
    Ok(())
}
