//! A topic's policy as a list of statements, which actions add and remove by their names.

use model::{Account, Topic};
use serde_json::{Value, json};

use super::{errors, topic_attributes};
use crate::error::AwsError;

/// What a policy can allow.
const ACTIONS: [&str; 9] = [
    "AddPermission",
    "DeleteTopic",
    "GetTopicAttributes",
    "ListSubscriptionsByTopic",
    "Publish",
    "Receive",
    "RemovePermission",
    "SetTopicAttributes",
    "Subscribe",
];

/// A statement that allows accounts actions on a topic.
pub(super) struct Permission<'a> {
    pub(super) label: &'a str,
    pub(super) accounts: &'a [String],
    pub(super) actions: &'a [String],
}

pub(super) fn add(
    topic: &mut Topic,
    account: &Account,
    permission: &Permission<'_>,
) -> Result<(), AwsError> {
    let known = |action: &String| ACTIONS.contains(&action.as_str());
    if permission.actions.is_empty() || !permission.actions.iter().all(known) {
        return Err(errors::invalid("Policy statement action out of service scope!"));
    }
    let is_account = |id: &String| id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit());
    if permission.accounts.is_empty() || !permission.accounts.iter().all(is_account) {
        return Err(errors::invalid("AWSAccountId"));
    }
    let mut policy = policy(topic, account);
    let statements = statements(&mut policy)?;
    if statements.iter().any(|statement| statement["Sid"] == permission.label) {
        return Err(errors::invalid("Statement already exists"));
    }
    let principals = permission.accounts.iter().map(|id| format!("arn:aws:iam::{id}:root"));
    let actions = permission.actions.iter().map(|action| format!("SNS:{action}"));
    statements.push(json!({
        "Sid": permission.label,
        "Effect": "Allow",
        "Principal": { "AWS": one_or_all(principals.collect()) },
        "Action": one_or_all(actions.collect()),
        "Resource": topic.arn(account),
    }));
    topic.policy = Some(policy.to_string());
    Ok(())
}

/// Removing what is not there changes nothing.
pub(super) fn remove(topic: &mut Topic, account: &Account, label: &str) -> Result<(), AwsError> {
    let mut policy = policy(topic, account);
    statements(&mut policy)?.retain(|statement| statement["Sid"] != label);
    topic.policy = Some(policy.to_string());
    Ok(())
}

/// Only JSON is ever kept.
fn policy(topic: &Topic, account: &Account) -> Value {
    let text = topic.policy.clone();
    let text = text.unwrap_or_else(|| topic_attributes::default_policy(topic, account));
    serde_json::from_str(&text).unwrap_or_default()
}

fn statements(policy: &mut Value) -> Result<&mut Vec<Value>, AwsError> {
    let statements = policy.get_mut("Statement").and_then(Value::as_array_mut);
    statements.ok_or_else(|| errors::invalid("Policy Error: the policy has no list of statements"))
}

fn one_or_all(mut all: Vec<String>) -> Value {
    match (all.pop(), all.is_empty()) {
        (Some(one), true) => Value::String(one),
        (Some(last), false) => {
            all.push(last);
            json!(all)
        }
        (None, _) => Value::Null,
    }
}
