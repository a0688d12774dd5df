//! `ListRuleNamesByTarget`: which rules send to a target.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html>

use model::{Declared, EventRule};
use serde::{Deserialize, Serialize};

use super::{most, pages, rule};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct ListRuleNamesByTarget;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    target_arn: String,
    event_bus_name: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    rule_names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Action for ListRuleNamesByTarget {
    const NAME: &'static str = "ListRuleNamesByTarget";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        rule::check_bus(input.event_bus_name.as_deref(), &call.backing.account)?;
        let seen = call.backing.control.resources();
        let sends_there = |rule: &&EventRule| {
            rule.targets.iter().any(|target| target.arn.as_str() == input.target_arn)
        };
        let names = seen.all::<EventRule>().filter(sends_there).map(Declared::name);
        let (rule_names, next_token) =
            pages(names, String::clone, input.next_token.as_deref(), most(input.limit)?)?;
        Ok(Output { rule_names, next_token })
    }
}
