//! Targets as requests and answers have them.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html>

use std::collections::BTreeMap;
use std::time::Duration;

use model::{Arn, EventTarget, RetryPolicy, RuleName, TargetInput};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use triggers::TemplateProblem;

use super::errors;
use crate::constraint;
use crate::error::AwsError;

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Target {
    pub(super) id: String,
    pub(super) arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_transformer: Option<Transformer>,
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
struct Transformer {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    input_paths_map: BTreeMap<String, String>,
    input_template: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SqsParameters {
    message_group_id: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeadLetters {
    pub(crate) arn: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Retry {
    maximum_retry_attempts: Option<i64>,
    maximum_event_age_in_seconds: Option<i64>,
}

impl Target {
    /// `member` is what it is called in its request: `targets.1.member`.
    pub(super) fn declared(self, member: &str) -> Result<EventTarget, AwsError> {
        if let Some((name, _)) = self.others.iter().find(|(_, value)| !value.is_null()) {
            return Err(errors::invalid(format!(
                "Parameter {name} is not supported by this server."
            )));
        }
        if RuleName::parse(&self.id).is_err() {
            let rule = r"satisfy regular expression pattern: [\.\-_A-Za-z0-9]+";
            return Err(constraint::broken(&self.id, &format!("{member}.id"), rule));
        }
        let arn = arn(&self.arn)?;
        let input = match (self.input, self.input_path, self.input_transformer) {
            (None, None, None) => TargetInput::Event,
            (Some(text), None, None) => TargetInput::Text(json(text, &self.id)?),
            (None, Some(path), None) => TargetInput::Path(json_path(path)?),
            (None, None, Some(transformer)) => transformer.declared(&self.id)?,
            _ => {
                return Err(errors::invalid(format!(
                    "Only one of Input, InputPath, or InputTransformer must be provided for target \
                     {}.",
                    self.id
                )));
            }
        };
        let mut target = EventTarget::new(self.id, arn);
        target.input = input;
        target.group = self.sqs_parameters.and_then(|sqs| sqs.message_group_id);
        if let Some(group) = &target.group {
            check_group(group, &format!("{member}.sqsParameters.messageGroupId"), 100)?;
        }
        target.dead_letters = dead_letters(self.dead_letter_config)?;
        target.retry = retry(self.retry_policy)?;
        target.role = self.role_arn;
        if lacks_group(&target) {
            return Err(errors::invalid(format!(
                "Parameter(s) SqsParameters must be specified for target: {}.",
                target.id
            )));
        }
        match target.target() {
            Some(_) => Ok(target),
            None => Err(unsupported(&target.arn)),
        }
    }

    pub(super) fn shown(target: &EventTarget) -> Self {
        let (mut input, mut input_path, mut input_transformer) = (None, None, None);
        match target.input.clone() {
            TargetInput::Event => {}
            TargetInput::Text(text) => input = Some(text),
            TargetInput::Path(path) => input_path = Some(path),
            TargetInput::Transformer { paths, template } => {
                let (input_paths_map, input_template) = (paths, template);
                input_transformer = Some(Transformer { input_paths_map, input_template });
            }
        }
        let group = target.group.clone();
        Self {
            id: target.id.clone(),
            arn: target.arn.to_string(),
            role_arn: target.role.clone(),
            input,
            input_path,
            input_transformer,
            sqs_parameters: group.map(|group| SqsParameters { message_group_id: Some(group) }),
            dead_letter_config: dead_letters_shown(target),
            retry_policy: (target.retry != RetryPolicy::default()).then(|| retry_shown(target)),
            others: Map::new(),
        }
    }
}

impl Transformer {
    fn declared(self, target: &str) -> Result<TargetInput, AwsError> {
        let mut paths = BTreeMap::new();
        for (name, path) in self.input_paths_map {
            if name.starts_with("aws.") {
                let reason = "names that begin with aws. are reserved";
                return Err(errors::invalid(format!("Invalid InputTransformer: {reason}.")));
            }
            paths.insert(name, json_path(path)?);
        }
        let checked = triggers::check_template(&paths, &self.input_template);
        checked.map_err(|problem| {
            errors::invalid(match problem {
                TemplateProblem::Placeholder(name) => format!(
                    "InputTemplate for target {target} contains invalid placeholder {name}."
                ),
                TemplateProblem::NoJson(problem) => {
                    format!("Invalid InputTemplate for target {target} : [{problem}].")
                }
            })
        })?;
        Ok(TargetInput::Transformer { paths, template: self.input_template })
    }
}

pub(crate) fn arn(text: &str) -> Result<Arn, AwsError> {
    Arn::parse(text).ok_or_else(|| errors::malformed(text))
}

pub(crate) fn unsupported(arn: &Arn) -> AwsError {
    errors::invalid(format!(
        "Parameter Arn is not valid. Reason: {arn} is not a function, a queue or a topic, which are \
         the targets of this server."
    ))
}

/// A standard queue.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html>
fn dead_letters(given: Option<DeadLetters>) -> Result<Option<Arn>, AwsError> {
    let Some(text) = given.and_then(|letters| letters.arn) else { return Ok(None) };
    let queue = arn(&text)?;
    match queue.service() {
        "sqs" if queue.resource().ends_with(".fifo") => {
            Err(errors::invalid("SQS FIFO is not supported by Dead Letter Queues."))
        }
        "sqs" => Ok(Some(queue)),
        other => {
            Err(errors::invalid(format!("{other} is not supported as a dead letter resource.")))
        }
    }
}

pub(crate) fn dead_letters_shown(target: &EventTarget) -> Option<DeadLetters> {
    target.dead_letters.as_ref().map(|arn| DeadLetters { arn: Some(arn.to_string()) })
}

pub(crate) fn retry(given: Option<Retry>) -> Result<RetryPolicy, AwsError> {
    let mut policy = RetryPolicy::default();
    let Some(given) = given else { return Ok(policy) };
    if let Some(attempts) = given.maximum_retry_attempts {
        policy.most_attempts =
            constraint::within(attempts, "retryPolicy.maximumRetryAttempts", 0..=185)?;
    }
    if let Some(age) = given.maximum_event_age_in_seconds {
        let age = constraint::within(age, "retryPolicy.maximumEventAgeInSeconds", 60..=86_400)?;
        policy.most_age = Duration::from_secs(age.into());
    }
    Ok(policy)
}

pub(crate) fn retry_shown(target: &EventTarget) -> Retry {
    Retry {
        maximum_retry_attempts: Some(target.retry.most_attempts.into()),
        maximum_event_age_in_seconds: i64::try_from(target.retry.most_age.as_secs()).ok(),
    }
}

fn json(text: String, target: &str) -> Result<String, AwsError> {
    if is_json(&text) {
        return Ok(text);
    }
    Err(errors::invalid(format!("JSON syntax error in input for target {target}.")))
}

pub(crate) fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Whether the target is a queue whose messages have an order, and so must say of which group they are.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_SqsParameters.html>
pub(crate) fn lacks_group(target: &EventTarget) -> bool {
    let is_fifo =
        matches!(target.target(), Some(model::Target::Queue { name, .. }) if name.is_fifo());
    is_fifo && target.group.as_ref().is_none_or(String::is_empty)
}

/// A group that no queue takes would lose every event.
pub(crate) fn check_group(group: &str, member: &str, most: usize) -> Result<(), AwsError> {
    if group.chars().count() > most {
        let rule = format_args!("have length less than or equal to {most}");
        return Err(constraint::broken(group, member, rule));
    }
    // That there is none is told where one is needed.
    if group.is_empty() || model::is_message_token(group) {
        return Ok(());
    }
    Err(errors::invalid(format!(
        "Value {group} for parameter MessageGroupId is invalid. Reason: MessageGroupId can only \
         include alphanumeric and punctuation characters. 1 to 128 in length."
    )))
}

fn json_path(path: String) -> Result<String, AwsError> {
    if triggers::is_json_path(&path) {
        return Ok(path);
    }
    Err(errors::invalid(format!(
        "Parameter InputPath is not valid. Reason: {path} is no JSON path."
    )))
}
