//! The one target of a schedule, as requests and answers have it.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Target.html>

use model::{Arn, EventTarget, Target as Taker, TargetInput};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::errors;
use crate::constraint;
use crate::error::AwsError;
use crate::events::target::{self, DeadLetters, Retry};
use crate::role::{OWN_ROLE, is_role};

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Target {
    arn: String,
    role_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sqs_parameters: Option<SqsParameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_config: Option<DeadLetters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_policy: Option<Retry>,
    /// Parameters of targets that this server does not have.
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SqsParameters {
    message_group_id: Option<String>,
}

impl Target {
    pub(super) fn declared(self) -> Result<EventTarget, AwsError> {
        if let Some((name, _)) = self.others.iter().find(|(_, value)| !value.is_null()) {
            return Err(errors::invalid(format!("{name} is not supported by this server.")));
        }
        let mut declared = EventTarget::new("target", target::arn(&self.arn)?);
        declared.role = Some(role(self.role_arn)?);
        declared.group = self.sqs_parameters.and_then(|sqs| sqs.message_group_id);
        if let Some(group) = &declared.group {
            target::check_group(group, "target.sqsParameters.messageGroupId", 128)?;
        }
        declared.dead_letters = dead_letters(self.dead_letter_config)?;
        declared.retry = target::retry(self.retry_policy)?;
        let taker = declared.target().ok_or_else(|| target::unsupported(&declared.arn))?;
        if target::lacks_group(&declared) {
            return Err(errors::invalid("Parameters SqsParameters must be specified."));
        }
        if let Some(text) = self.input {
            declared.input = TargetInput::Text(input(text, &taker)?);
        }
        Ok(declared)
    }

    pub(super) fn shown(target: &EventTarget) -> Self {
        let input = match &target.input {
            TargetInput::Text(text) => Some(text.clone()),
            _ => None,
        };
        let group = target.group.clone();
        Self {
            arn: target.arn.to_string(),
            // A manifest's schedules need no role; who writes back what was read needs one.
            role_arn: target.role.clone().unwrap_or_else(|| OWN_ROLE.to_owned()),
            input,
            sqs_parameters: group.map(|group| SqsParameters { message_group_id: Some(group) }),
            dead_letter_config: target::dead_letters_shown(target),
            retry_policy: Some(target::retry_shown(target)),
            others: Map::new(),
        }
    }
}

/// A function is invoked with JSON, a queue or a topic takes any text.
/// <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Target.html#scheduler-Type-Target-Input>
fn input(text: String, taker: &Taker) -> Result<String, AwsError> {
    if text.is_empty() {
        let rule = "have length greater than or equal to 1";
        return Err(constraint::broken("", "target.input", rule));
    }
    if matches!(taker, Taker::Function { .. }) && !target::is_json(&text) {
        return Err(errors::invalid("JSON syntax error in input for the target."));
    }
    Ok(text)
}

fn role(text: String) -> Result<String, AwsError> {
    if is_role(&text) {
        return Ok(text);
    }
    let pattern = r"arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@\/-]+";
    Err(constraint::no_match(&text, "target.roleArn", pattern))
}

/// A standard queue: the name of one with an order has a dot.
fn dead_letters(given: Option<DeadLetters>) -> Result<Option<Arn>, AwsError> {
    let Some(text) = given.and_then(|letters| letters.arn) else { return Ok(None) };
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_queue = |arn: &Arn| {
        arn.service() == "sqs" && arn.has_account() && arn.resource().chars().all(is_allowed)
    };
    let queue = Arn::parse(&text).filter(is_queue).ok_or_else(|| {
        let pattern = r"arn:aws[a-z-]*:sqs:[a-z0-9\-]+:\d{12}:[a-zA-Z0-9\-_]+";
        constraint::no_match(&text, "target.deadLetterConfig.arn", pattern)
    })?;
    Ok(Some(queue))
}
