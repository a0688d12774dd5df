//! `DescribeRule`: one rule, without its targets.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeRule.html>

use serde::Deserialize;

use super::rule::{self, Shown};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct DescribeRule;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: String,
    event_bus_name: Option<String>,
}

impl Action for DescribeRule {
    const NAME: &'static str = "DescribeRule";
    type Input<'a> = Input;
    type Output = Shown;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Shown, AwsError> {
        rule::check_bus(input.event_bus_name.as_deref(), &call.backing.account)?;
        let seen = call.backing.control.resources();
        let found = rule::find(&seen, &input.name)?;
        Ok(Shown::described(found, &call.backing.account))
    }
}
