//! `EnableRule`: lets a rule send again.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EnableRule.html>

use serde::Deserialize;

use super::{Done, rule};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct EnableRule;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: String,
    event_bus_name: Option<String>,
}

impl Action for EnableRule {
    const NAME: &'static str = "EnableRule";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        rule::change(call, input.event_bus_name.as_deref(), &input.name, |rule| {
            rule.enabled = true;
            Ok(Done)
        })
        .await
    }
}
