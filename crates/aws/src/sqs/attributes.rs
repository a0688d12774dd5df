//! Queue attributes: texts by name, as clients set and read them.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use model::{Fifo, Queue};

use super::{errors, redrive_policy};
use crate::error::AwsError;

pub(super) type Attributes = BTreeMap<String, String>;

const POLICY: &str = "Policy";

/// Changes a queue to what the attributes say; one that is not named stays.
pub(super) fn apply(queue: &mut Queue, attributes: &Attributes) -> Result<(), AwsError> {
    for (name, value) in attributes {
        set(queue, name, value)?;
    }
    let by_group = queue.fifo.filter(|fifo| fifo.throughput_by_group);
    if by_group.is_some_and(|fifo| !fifo.deduplicates_by_group) {
        // A limit by group makes no sense while all groups are deduplicated together.
        return Err(errors::attribute_value("FifoThroughputLimit"));
    }
    Ok(())
}

fn set(queue: &mut Queue, name: &str, value: &str) -> Result<(), AwsError> {
    match name {
        "DelaySeconds" => queue.delay = seconds(name, value, 0..=900)?,
        "MaximumMessageSize" => queue.most_bytes = number(name, value, 1_024..=1_048_576)?,
        "MessageRetentionPeriod" => queue.retention = seconds(name, value, 60..=1_209_600)?,
        "ReceiveMessageWaitTimeSeconds" => queue.wait = seconds(name, value, 0..=20)?,
        "VisibilityTimeout" => queue.visibility = seconds(name, value, 0..=43_200)?,
        POLICY => queue.policy = policy(value)?,
        "RedrivePolicy" => queue.redrive = redrive_policy::read(value)?,
        "RedriveAllowPolicy" => queue.redrive_allow = redrive_policy::read_allow(value)?,
        "SqsManagedSseEnabled" if value == "false" => {}
        "KmsMasterKeyId" if value.is_empty() => {}
        "SqsManagedSseEnabled" | "KmsMasterKeyId" | "KmsDataKeyReusePeriodSeconds" => {
            let message = format!(
                "{name} is not supported: this server keeps messages as they are; \
                 encrypt the disk of its state folder instead"
            );
            return Err(errors::unsupported(message));
        }
        _ => return set_fifo(queue.fifo.as_mut(), name, value),
    }
    Ok(())
}

fn set_fifo(fifo: Option<&mut Fifo>, name: &str, value: &str) -> Result<(), AwsError> {
    let Some(fifo) = fifo else {
        return Err(errors::attribute_name(name));
    };
    let wrong = || errors::attribute_value(name);
    match (name, value) {
        ("FifoQueue", "true") => {}
        ("ContentBasedDeduplication", _) => {
            fifo.deduplicates_content = value.parse().map_err(|_| wrong())?;
        }
        ("DeduplicationScope", "queue") => fifo.deduplicates_by_group = false,
        ("DeduplicationScope", "messageGroup") => fifo.deduplicates_by_group = true,
        ("FifoThroughputLimit", "perQueue") => fifo.throughput_by_group = false,
        ("FifoThroughputLimit", "perMessageGroupId") => fifo.throughput_by_group = true,
        ("FifoQueue" | "DeduplicationScope" | "FifoThroughputLimit", _) => return Err(wrong()),
        _ => return Err(errors::attribute_name(name)),
    }
    Ok(())
}

fn number(name: &str, value: &str, allowed: RangeInclusive<u32>) -> Result<u32, AwsError> {
    let number = value.parse().ok().filter(|number| allowed.contains(number));
    number.ok_or_else(|| errors::attribute_value(name))
}

fn seconds(name: &str, value: &str, allowed: RangeInclusive<u32>) -> Result<Duration, AwsError> {
    Ok(Duration::from_secs(number(name, value, allowed)?.into()))
}

/// An empty text removes it.
fn policy(value: &str) -> Result<Option<String>, AwsError> {
    if value.is_empty() {
        return Ok(None);
    }
    match serde_json::from_str::<serde_json::Map<_, _>>(value) {
        Ok(_) => Ok(Some(value.to_owned())),
        Err(_) => Err(errors::attribute_value(POLICY)),
    }
}

/// All that is declared of a queue. What has no value is left out.
pub(super) fn declared(queue: &Queue) -> Vec<(&'static str, String)> {
    let text = |flag: bool| flag.to_string();
    let secs = |span: Duration| span.as_secs().to_string();
    let mut all = vec![
        ("VisibilityTimeout", secs(queue.visibility)),
        ("MaximumMessageSize", queue.most_bytes.to_string()),
        ("MessageRetentionPeriod", secs(queue.retention)),
        ("DelaySeconds", secs(queue.delay)),
        ("ReceiveMessageWaitTimeSeconds", secs(queue.wait)),
        ("SqsManagedSseEnabled", text(false)),
    ];
    all.extend(queue.policy.clone().map(|policy| (POLICY, policy)));
    all.extend(queue.redrive.as_ref().map(|r| ("RedrivePolicy", redrive_policy::write(r))));
    let allow = redrive_policy::write_allow(&queue.redrive_allow);
    all.extend(allow.map(|allow| ("RedriveAllowPolicy", allow)));
    if let Some(fifo) = queue.fifo {
        let scope = if fifo.deduplicates_by_group { "messageGroup" } else { "queue" };
        let limit = if fifo.throughput_by_group { "perMessageGroupId" } else { "perQueue" };
        all.extend([
            ("FifoQueue", text(true)),
            ("ContentBasedDeduplication", text(fifo.deduplicates_content)),
            ("DeduplicationScope", scope.to_owned()),
            ("FifoThroughputLimit", limit.to_owned()),
        ]);
    }
    all
}

#[cfg(test)]
mod tests;
