//! `TestEventPattern`: whether a pattern matches an event.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html>

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::errors;
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

/// What an event must have to be one.
const MEMBERS: [&str; 7] =
    ["id", "account", "source", "time", "region", "resources", "detail-type"];

pub(super) struct TestEventPattern;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    event_pattern: String,
    event: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    result: bool,
}

impl Action for TestEventPattern {
    const NAME: &'static str = "TestEventPattern";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, _call: &Call<'_>) -> Result<Output, AwsError> {
        let event: Value = serde_json::from_str(&input.event)
            .map_err(|_| errors::invalid("Parameter Event is not valid."))?;
        if let Some(member) = MEMBERS.iter().find(|member| event.get(**member).is_none()) {
            let message = format!("Parameter Event is not valid. Reason: {member} is missing.");
            return Err(errors::invalid(message));
        }
        let result = triggers::bus::matches(&input.event_pattern, &event)
            .map_err(|problem| errors::pattern(&problem))?;
        Ok(Output { result })
    }
}
