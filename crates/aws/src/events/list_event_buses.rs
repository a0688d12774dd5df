//! `ListEventBuses`: the default bus, if its name begins as asked.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListEventBuses.html>

use model::Account;
use serde::{Deserialize, Serialize};
use triggers::bus::DEFAULT;

use super::{most, pages};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct ListEventBuses;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name_prefix: Option<String>,
    limit: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    event_buses: Vec<Bus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Bus {
    name: &'static str,
    arn: String,
}

impl Bus {
    pub(super) fn default_of(account: &Account) -> Self {
        let arn = account.event_bus();
        Self { name: DEFAULT, arn: arn.to_string() }
    }
}

impl Action for ListEventBuses {
    const NAME: &'static str = "ListEventBuses";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let is_asked = DEFAULT.starts_with(input.name_prefix.as_deref().unwrap_or_default());
        let bus = is_asked.then(|| Bus::default_of(&call.backing.account));
        let key = |bus: &Bus| bus.name.to_owned();
        let (event_buses, next_token) =
            pages(bus, key, input.next_token.as_deref(), most(input.limit)?)?;
        Ok(Output { event_buses, next_token })
    }
}
