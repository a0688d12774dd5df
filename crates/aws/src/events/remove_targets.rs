//! `RemoveTargets`: removes targets from a rule by their ids.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemoveTargets.html>

use serde::Deserialize;

use super::{NoneFailed, rule};
use crate::action::Action;
use crate::call::Call;
use crate::constraint;
use crate::error::AwsError;

pub(super) struct RemoveTargets;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    rule: String,
    event_bus_name: Option<String>,
    ids: Vec<String>,
}

impl Action for RemoveTargets {
    const NAME: &'static str = "RemoveTargets";
    type Input<'a> = Input;
    type Output = NoneFailed;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<NoneFailed, AwsError> {
        if input.ids.is_empty() {
            let rule = "have length greater than or equal to 1";
            return Err(constraint::broken("[]", "ids", rule));
        }
        rule::change(call, input.event_bus_name.as_deref(), &input.rule, |rule| {
            rule.targets.retain(|target| !input.ids.contains(&target.id));
            Ok(())
        })
        .await?;
        Ok(NoneFailed::default())
    }
}
