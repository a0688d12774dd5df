//! `ListRules`: all rules, or those whose names begin so, in pages.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRules.html>

use model::EventRule;
use serde::{Deserialize, Serialize};

use super::rule::{self, Shown};
use super::{most, pages};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct ListRules;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name_prefix: Option<String>,
    event_bus_name: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    rules: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Action for ListRules {
    const NAME: &'static str = "ListRules";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        rule::check_bus(input.event_bus_name.as_deref(), &call.backing.account)?;
        let prefix = input.name_prefix.unwrap_or_default();
        let seen = call.backing.control.resources();
        let named = seen.all::<EventRule>().filter(|rule| rule.name.as_str().starts_with(&prefix));
        let key = |rule: &&EventRule| rule.name.as_str().to_owned();
        let page = pages(named, key, input.next_token.as_deref(), most(input.limit)?)?;
        let rules = page.0.into_iter().map(|rule| Shown::of(rule, &call.backing.account)).collect();
        Ok(Output { rules, next_token: page.1 })
    }
}
