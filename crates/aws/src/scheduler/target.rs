//! The one target of a schedule, as requests and answers have it.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Target.html>

use model::{EventTarget, TargetInput};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::errors;
use crate::error::AwsError;
use crate::events::target::{self, DeadLetters, Retry};

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
        declared.role = Some(self.role_arn);
        declared.group = self.sqs_parameters.and_then(|sqs| sqs.message_group_id);
        declared.dead_letters = target::dead_letters(self.dead_letter_config)?;
        declared.retry = target::retry(self.retry_policy)?;
        if let Some(input) = self.input {
            if input.is_empty() {
                let rule = "have length greater than or equal to 1";
                return Err(errors::constraint("", "target.input", rule));
            }
            declared.input = TargetInput::Text(input);
        }
        match declared.target() {
            Some(_) => Ok(declared),
            None => Err(target::unsupported(&declared.arn)),
        }
    }

    pub(super) fn shown(target: &EventTarget) -> Self {
        let input = match &target.input {
            TargetInput::Text(text) => Some(text.clone()),
            _ => None,
        };
        let group = target.group.clone();
        Self {
            arn: target.arn.to_string(),
            // A manifest's schedules need no role.
            role_arn: target.role.clone().unwrap_or_default(),
            input,
            sqs_parameters: group.map(|group| SqsParameters { message_group_id: Some(group) }),
            dead_letter_config: target::dead_letters_shown(target),
            retry_policy: Some(target::retry_shown(target)),
            others: Map::new(),
        }
    }
}
