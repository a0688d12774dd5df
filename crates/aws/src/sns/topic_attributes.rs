//! A topic's attributes by AWS's names.
//! <https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html>

use model::topic::{Confirmation, SignatureVersion, TopicDelivery};
use model::{Account, Subscription, Topic};
use serde_json::json;

use super::{Attributes, errors};
use crate::error::AwsError;

/// Sets one attribute. An error is what stands behind `Invalid parameter: `, and whether the name
/// is known at all.
pub(super) fn set(topic: &mut Topic, name: &str, value: &str) -> Result<(), Problem> {
    let wrong = |reason: &str| Err(Problem::Value(format!("{name}: {reason}")));
    match name {
        "DisplayName" if value.chars().count() > 100 => wrong("longer than 100 characters"),
        "DisplayName" => {
            value.clone_into(&mut topic.display_name);
            Ok(())
        }
        "Policy" => {
            topic.policy = policy(value)?;
            Ok(())
        }
        "DeliveryPolicy" if value.is_empty() => {
            topic.delivery = TopicDelivery::default();
            Ok(())
        }
        "DeliveryPolicy" => {
            let parsed = TopicDelivery::parse(value);
            topic.delivery = parsed.map_err(|p| Problem::Value(format!("DeliveryPolicy: {p}")))?;
            Ok(())
        }
        "SignatureVersion" => {
            topic.signature = match value {
                "1" => SignatureVersion::Sha1,
                "2" => SignatureVersion::Sha256,
                _ => return wrong(&format!("Invalid value [{value}]. Must be 1 or 2.")),
            };
            Ok(())
        }
        "ContentBasedDeduplication" | "FifoThroughputScope" => set_fifo(topic, name, value),
        "FifoTopic" if topic.fifo.is_some() == (value == "true") => Ok(()),
        "TracingConfig" if value == "PassThrough" => Ok(()),
        // Given and taken back without a key, it says what holds anyway.
        "KmsMasterKeyId" if value.is_empty() => Ok(()),
        "KmsMasterKeyId" | "TracingConfig" | "ArchivePolicy" | "DataProtectionPolicy" => {
            wrong("not supported by this server")
        }
        _ if name.contains("Feedback") => wrong("not supported by this server"),
        _ => Err(Problem::Name),
    }
}

pub(super) enum Problem {
    Name,
    Value(String),
}

fn set_fifo(topic: &mut Topic, name: &str, value: &str) -> Result<(), Problem> {
    let wrong = |reason: String| Err(Problem::Value(format!("{name}: {reason}")));
    let Some(fifo) = &mut topic.fifo else {
        return wrong("Not supported for this topic type".to_owned());
    };
    match (name, value) {
        ("ContentBasedDeduplication", "true") => fifo.deduplicates_content = true,
        ("ContentBasedDeduplication", "false") => fifo.deduplicates_content = false,
        ("FifoThroughputScope", "Topic") => fifo.deduplicates_by_group = false,
        ("FifoThroughputScope", "MessageGroup") => fifo.deduplicates_by_group = true,
        ("ContentBasedDeduplication", _) => {
            return wrong(format!("Invalid value [{value}]. Must be true or false."));
        }
        _ => return wrong(format!("Invalid value [{value}]. Must be Topic or MessageGroup.")),
    }
    Ok(())
}

fn policy(value: &str) -> Result<Option<String>, Problem> {
    if value.is_empty() {
        return Ok(None);
    }
    let is_object = serde_json::from_str::<serde_json::Value>(value).is_ok_and(|p| p.is_object());
    if is_object {
        Ok(Some(value.to_owned()))
    } else {
        Err(Problem::Value("Policy Error: Policy is not valid JSON".to_owned()))
    }
}

/// All of them at once, for a topic that is made.
pub(super) fn set_all(topic: &mut Topic, attributes: &Attributes) -> Result<(), AwsError> {
    for (name, value) in attributes {
        set(topic, name, value).map_err(|problem| match problem {
            Problem::Name => {
                errors::invalid(format!("Attributes Reason: Unknown attribute {name}"))
            }
            Problem::Value(reason) => errors::invalid(format!("Attributes Reason: {reason}")),
        })?;
    }
    Ok(())
}

/// Everything that `GetTopicAttributes` tells.
pub(super) fn all<'a>(
    topic: &Topic,
    account: &Account,
    subscriptions: impl Iterator<Item = &'a Subscription>,
) -> Attributes {
    let (mut confirmed, mut pending) = (0, 0);
    for subscription in subscriptions {
        match subscription.confirmation {
            Confirmation::Confirmed { .. } => confirmed += 1,
            Confirmation::Pending { .. } => pending += 1,
        }
    }
    let mut all = declared(topic);
    let told = [
        ("TopicArn", topic.arn(account).to_string()),
        ("Owner", account.id.to_string()),
        ("DisplayName", topic.display_name.clone()),
        ("EffectiveDeliveryPolicy", topic.delivery.effective_json()),
        ("SubscriptionsConfirmed", confirmed.to_string()),
        ("SubscriptionsPending", pending.to_string()),
        ("SubscriptionsDeleted", "0".to_owned()),
    ];
    all.extend(told.map(|(name, value)| (name.to_owned(), value)));
    let policy = topic.policy.clone().unwrap_or_else(|| default_policy(topic, account));
    all.insert("Policy".to_owned(), policy);
    all
}

/// What was set, for telling whether two topics are the same.
pub(super) fn declared(topic: &Topic) -> Attributes {
    let mut all = Attributes::new();
    let mut put = |name: &str, value: String| all.insert(name.to_owned(), value);
    if !topic.display_name.is_empty() {
        put("DisplayName", topic.display_name.clone());
    }
    if let Some(policy) = &topic.policy {
        put("Policy", policy.clone());
    }
    if topic.delivery.http.is_some() {
        // A policy is numbers and texts, which can always be written as JSON.
        put("DeliveryPolicy", serde_json::to_string(&topic.delivery).unwrap_or_default());
    }
    if topic.signature != SignatureVersion::default() {
        put("SignatureVersion", topic.signature.as_str().to_owned());
    }
    if let Some(fifo) = topic.fifo {
        put("FifoTopic", "true".to_owned());
        put("ContentBasedDeduplication", fifo.deduplicates_content.to_string());
        if fifo.deduplicates_by_group {
            put("FifoThroughputScope", "MessageGroup".to_owned());
        }
    }
    all
}

/// What holds for a topic whose policy nobody set.
pub(super) fn default_policy(topic: &Topic, account: &Account) -> String {
    let actions = [
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    ];
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": actions.map(|action| format!("SNS:{action}")),
            "Resource": topic.arn(account),
            "Condition": { "StringEquals": { "AWS:SourceOwner": &*account.id } },
        }],
    })
    .to_string()
}
