//! The two policies about dead letters, JSON inside an attribute.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>

use model::{Arn, Redrive, RedriveAllow};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::errors;
use crate::error::AwsError;

const REDRIVE: &str = "RedrivePolicy";
const ALLOW: &str = "RedriveAllowPolicy";
/// So many queues may be named.
const MOST_SOURCES: usize = 10;

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    dead_letter_target_arn: Option<String>,
    max_receive_count: Option<Count>,
    /// What AWS has no meaning for.
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// Clients write it as a number or as a text.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Count {
    Number(i64),
    Text(String),
}

/// An empty text removes it.
pub(super) fn read(text: &str) -> Result<Option<Redrive>, AwsError> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |reason: &str| errors::value(REDRIVE, text, reason);
    let policy: Policy =
        serde_json::from_str(text).map_err(|_| wrong("Redrive policy is not a valid JSON map."))?;
    if let Some(name) = policy.others.keys().next() {
        return Err(wrong(&format!(
            "Redrive policy contains an unknown attribute: {name}. Only following attributes are \
             supported: [deadLetterTargetArn, maxReceiveCount]."
        )));
    }
    let lacks = |what: &str| {
        wrong(&format!("Redrive policy does not contain mandatory attribute: {what}."))
    };
    let to = policy.dead_letter_target_arn.ok_or_else(|| lacks("deadLetterTargetArn"))?;
    let count = match policy.max_receive_count.ok_or_else(|| lacks("maxReceiveCount"))? {
        Count::Number(number) => number.to_string(),
        Count::Text(text) => text,
    };
    let to = Arn::parse(&to)
        .filter(|arn| arn.service() == "sqs")
        .ok_or_else(|| wrong("Invalid value for deadLetterTargetArn."))?;
    let after = count.parse().ok().filter(|count| (1..=1000).contains(count)).ok_or_else(|| {
        wrong(&format!(
            "Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both \
             inclusive."
        ))
    })?;
    Ok(Some(Redrive { to, after }))
}

pub(super) fn write(redrive: &Redrive) -> String {
    let policy = Policy {
        dead_letter_target_arn: Some(redrive.to.to_string()),
        max_receive_count: Some(Count::Number(redrive.after.into())),
        others: Map::new(),
    };
    serde_json::to_string(&policy).expect("a struct of texts")
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Allow {
    redrive_permission: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_queue_arns: Option<Vec<Arn>>,
}

pub(super) fn read_allow(text: &str) -> Result<RedriveAllow, AwsError> {
    if text.is_empty() {
        return Ok(RedriveAllow::All);
    }
    let wrong = |reason: &str| errors::value(ALLOW, text, reason);
    let allow: Allow = serde_json::from_str(text)
        .map_err(|_| wrong("Redrive allow policy is not a valid JSON map of its members."))?;
    match (allow.redrive_permission.as_str(), allow.source_queue_arns) {
        ("allowAll", None) => Ok(RedriveAllow::All),
        ("denyAll", None) => Ok(RedriveAllow::None),
        ("byQueue", Some(arns)) if (1..=MOST_SOURCES).contains(&arns.len()) => {
            Ok(RedriveAllow::Only(arns))
        }
        ("byQueue", _) => Err(wrong("byQueue needs one to ten sourceQueueArns.")),
        ("allowAll" | "denyAll", _) => Err(wrong("sourceQueueArns go with byQueue only.")),
        _ => Err(wrong("redrivePermission is allowAll, denyAll or byQueue.")),
    }
}

/// What is not restricted is not written.
pub(super) fn write_allow(allow: &RedriveAllow) -> Option<String> {
    let (permission, arns) = match allow {
        RedriveAllow::All => return None,
        RedriveAllow::None => ("denyAll", None),
        RedriveAllow::Only(arns) => ("byQueue", Some(arns.clone())),
    };
    let allow = Allow { redrive_permission: permission.to_owned(), source_queue_arns: arns };
    Some(serde_json::to_string(&allow).expect("a struct of texts"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEAD: &str = "arn:aws:sqs:us-east-1:000000000000:dead";

    fn check(text: &str, expected: Result<u32, &str>) {
        let read = read(text).map(|redrive| redrive.expect("there").after);
        let seen = read.as_ref().map_err(AwsError::message);
        match expected {
            Ok(after) => assert_eq!(seen, Ok(&after)),
            Err(reason) => assert!(seen.unwrap_err().ends_with(reason), "{seen:?}"),
        }
    }

    #[test]
    fn counts_are_numbers_or_texts() {
        check(&format!(r#"{{"deadLetterTargetArn":"{DEAD}","maxReceiveCount":3}}"#), Ok(3));
        check(&format!(r#"{{"deadLetterTargetArn":"{DEAD}","maxReceiveCount":"1000"}}"#), Ok(1000));
    }

    #[test]
    fn what_lacks_or_is_wrong_is_said() {
        check("{", Err("not a valid JSON map."));
        check("{}", Err("mandatory attribute: deadLetterTargetArn."));
        check(
            &format!(r#"{{"deadLetterTargetArn":"{DEAD}"}}"#),
            Err("mandatory attribute: maxReceiveCount."),
        );
        check(
            r#"{"deadLetterTargetArn":"dead","maxReceiveCount":3}"#,
            Err("Invalid value for deadLetterTargetArn."),
        );
        check(
            &format!(r#"{{"deadLetterTargetArn":"{DEAD}","maxReceiveCount":3,"foo":1}}"#),
            Err("unknown attribute: foo. Only following attributes are supported: \
                 [deadLetterTargetArn, maxReceiveCount]."),
        );
        for count in ["0", "1001", "\"many\""] {
            check(
                &format!(r#"{{"deadLetterTargetArn":"{DEAD}","maxReceiveCount":{count}}}"#),
                Err("valid values are from 1 to 1000 both inclusive."),
            );
        }
    }

    #[test]
    fn permissions_are_read_as_they_are_written() {
        let only = RedriveAllow::Only(vec![Arn::parse(DEAD).expect("an ARN")]);
        for allow in [RedriveAllow::None, only] {
            let text = write_allow(&allow).expect("restricted");
            assert_eq!(read_allow(&text).ok(), Some(allow));
        }
        assert_eq!(write_allow(&RedriveAllow::All), None);
        assert!(read_allow(r#"{"redrivePermission":"byQueue"}"#).is_err());
        assert!(read_allow(r#"{"redrivePermission":"some"}"#).is_err());
    }
}
