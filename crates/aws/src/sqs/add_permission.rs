//! `AddPermission`: adds a statement to a queue's policy. Policies are kept and not enforced: one
//! server is one account.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html>

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::set_queue_attributes::change;
use super::{Done, errors};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

const MOST_ACTIONS: usize = 7;
const ACTIONS: [&str; 8] = [
    "*",
    "SendMessage",
    "ReceiveMessage",
    "DeleteMessage",
    "ChangeMessageVisibility",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
];

pub(super) struct AddPermission;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    queue_url: String,
    label: String,
    #[serde(rename = "AWSAccountIds", alias = "AWSAccountId")]
    accounts: Vec<String>,
    #[serde(alias = "ActionName")]
    actions: Vec<String>,
}

impl Action for AddPermission {
    const NAME: &'static str = "AddPermission";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        check(&input)?;
        change(call, &input.queue_url, |queue, _| {
            let arn = call.backing.account.arn("sqs", &queue.name);
            let mut policy = read(queue.policy.as_deref(), arn.as_str());
            let statements = statements(&mut policy);
            if statements.iter().any(|statement| statement["Sid"] == *input.label) {
                return Err(errors::value("Label", &input.label, "Already exists."));
            }
            statements.push(statement(&input, arn.as_str()));
            queue.policy = Some(policy.to_string());
            Ok(())
        })
        .await
    }
}

fn check(input: &Input) -> Result<(), AwsError> {
    if input.actions.len() > MOST_ACTIONS {
        let found = input.actions.len();
        let message = format!("{found} Actions were found, maximum allowed is {MOST_ACTIONS}.");
        return Err(
            AwsError::bad("OverLimit", message).in_query("OverLimit", StatusCode::FORBIDDEN)
        );
    }
    if input.actions.is_empty() {
        return Err(errors::missing("Actions"));
    }
    if input.accounts.is_empty() {
        return Err(errors::missing("AWSAccountIds"));
    }
    if let Some(unknown) = input.actions.iter().find(|name| !ACTIONS.contains(&name.as_str())) {
        let reason = "Please use the names of SQS's own actions.";
        return Err(errors::value("ActionName", format!("SQS:{unknown}"), reason));
    }
    Ok(())
}

/// The policy as it is kept, or the one that a first statement makes.
pub(super) fn read(policy: Option<&str>, arn: &str) -> Value {
    let kept = policy.and_then(|text| serde_json::from_str(text).ok());
    kept.unwrap_or_else(
        || json!({"Version": "2012-10-17", "Id": format!("{arn}/SQSDefaultPolicy")}),
    )
}

/// A policy of one statement may have it without a list.
pub(super) fn statements(policy: &mut Value) -> &mut Vec<Value> {
    let statements = &mut policy["Statement"];
    if !statements.is_array() {
        let only = statements.take();
        *statements = Value::Array(if only.is_null() { Vec::new() } else { vec![only] });
    }
    statements.as_array_mut().expect("just made one")
}

fn statement(input: &Input, arn: &str) -> Value {
    let root = |account: &String| format!("arn:aws:iam::{account}:root");
    json!({
        "Sid": input.label,
        "Effect": "Allow",
        "Principal": {"AWS": one_or_many(input.accounts.iter().map(root).collect())},
        "Action": one_or_many(input.actions.iter().map(|name| format!("SQS:{name}")).collect()),
        "Resource": arn,
    })
}

fn one_or_many(mut texts: Vec<String>) -> Value {
    if texts.len() == 1 { texts.remove(0).into() } else { texts.into() }
}
