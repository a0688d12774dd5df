//! What all batches have in common: entries with ids, of which each succeeds or fails for itself.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api-actions.html>

use std::collections::HashSet;

use serde::Serialize;

use super::errors;
use crate::error::{AwsError, Fault};

const MOST_ENTRIES: usize = 10;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output<T> {
    successful: Vec<T>,
    failed: Vec<Failure>,
}

/// An entry that succeeded and has nothing to say.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Success {
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Failure {
    id: String,
    sender_fault: bool,
    code: &'static str,
    message: String,
}

/// Refuses a batch whose entries can't be told apart, or that are too many or none.
pub(super) fn check<'a>(
    entry_type: &str,
    ids: impl ExactSizeIterator<Item = &'a str>,
) -> Result<(), AwsError> {
    let count = ids.len();
    if count == 0 {
        return Err(errors::batch(
            "EmptyBatchRequest",
            "AWS.SimpleQueueService.EmptyBatchRequest",
            format!("There should be at least one {entry_type} in the request."),
        ));
    }
    if count > MOST_ENTRIES {
        return Err(errors::batch(
            "TooManyEntriesInBatchRequest",
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            format!(
                "Maximum number of entries per request are {MOST_ENTRIES}. You have sent {count}."
            ),
        ));
    }
    let mut seen = HashSet::with_capacity(count);
    for id in ids {
        if !is_id(id) {
            return Err(errors::batch(
                "InvalidBatchEntryId",
                "AWS.SimpleQueueService.InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and \
                 underscores. It can be at most 80 letters long.",
            ));
        }
        if !seen.insert(id) {
            return Err(errors::batch(
                "BatchEntryIdsNotDistinct",
                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
                format!("Id {id} repeated."),
            ));
        }
    }
    Ok(())
}

fn is_id(id: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=80).contains(&id.len()) && id.bytes().all(is_allowed)
}

/// Each entry's result beside its id.
pub(super) fn output<T, R>(
    entries: impl IntoIterator<Item = (String, Result<R, AwsError>)>,
    success: impl Fn(String, R) -> T,
) -> Output<T> {
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (id, result) in entries {
        match result {
            Ok(result) => successful.push(success(id, result)),
            Err(error) => failed.push(Failure {
                id,
                sender_fault: error.fault() == Fault::Sender,
                code: error.query_code(),
                message: error.message().to_owned(),
            }),
        }
    }
    Output { successful, failed }
}

pub(super) fn success(id: String, (): ()) -> Success {
    Success { id }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ids: &[&str], expected: Result<(), &str>) {
        let checked = super::check("Entry", ids.iter().copied());
        assert_eq!(checked.as_ref().copied().map_err(AwsError::code), expected, "{ids:?}");
    }

    #[test]
    fn entries_are_told_apart() {
        check(&["a", "B-1_2"], Ok(()));
        check(&[], Err("EmptyBatchRequest"));
        check(&["a"; 11], Err("TooManyEntriesInBatchRequest"));
        check(&["a", "b", "a"], Err("BatchEntryIdsNotDistinct"));
        check(&["a", ""], Err("InvalidBatchEntryId"));
        check(&["a.b"], Err("InvalidBatchEntryId"));
        check(&[&"x".repeat(81)], Err("InvalidBatchEntryId"));
    }
}
