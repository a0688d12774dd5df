//! `ListTargetsByRule`: a rule's targets, in pages.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html>

use model::EventTarget;
use serde::{Deserialize, Serialize};

use super::target::Target;
use super::{most, pages, rule};
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;

pub(super) struct ListTargetsByRule;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    rule: String,
    event_bus_name: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    targets: Vec<Target>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Action for ListTargetsByRule {
    const NAME: &'static str = "ListTargetsByRule";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        rule::check_bus(input.event_bus_name.as_deref(), &call.backing.account)?;
        let seen = call.backing.control.resources();
        let mut targets: Vec<&EventTarget> =
            rule::find(&seen, &input.rule)?.targets.iter().collect();
        targets.sort_by(|a, b| a.id.cmp(&b.id));
        let key = |target: &&EventTarget| target.id.clone();
        let (targets, next_token) =
            pages(targets, key, input.next_token.as_deref(), most(input.limit)?)?;
        Ok(Output { targets: targets.into_iter().map(Target::shown).collect(), next_token })
    }
}
