//! `DescribeEventBus`: the default bus.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html>

use serde::Deserialize;

use super::list_event_buses::Bus;
use super::rule;
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct DescribeEventBus;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: Option<String>,
}

impl Action for DescribeEventBus {
    const NAME: &'static str = "DescribeEventBus";
    type Input<'a> = Input;
    type Output = Bus;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Bus, AwsError> {
        rule::check_bus(input.name.as_deref(), &call.backing.account)?;
        Ok(Bus::default_of(&call.backing.account))
    }
}
