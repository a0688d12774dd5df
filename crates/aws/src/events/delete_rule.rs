//! `DeleteRule`: removes a rule that has no targets.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html>

use model::{EventRule, ResourceChange, ResourceId};
use serde::Deserialize;

use super::{Done, errors, rule};
use crate::action::Action;
use crate::call::Call;
use crate::control::edit;
use crate::error::AwsError;

pub(super) struct DeleteRule;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: String,
    event_bus_name: Option<String>,
}

impl Action for DeleteRule {
    const NAME: &'static str = "DeleteRule";
    type Input<'a> = Input;
    type Output = Done;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Done, AwsError> {
        rule::check_bus(input.event_bus_name.as_deref(), &call.backing.account)?;
        let name = rule::name(&input.name, "name")?;
        let deleted = edit(&*call.backing.control, errors::refused, |seen| {
            // One that is not there is as good as deleted.
            let Some(there) = seen.get::<EventRule>(&name) else { return Ok((Vec::new(), ())) };
            if !there.targets.is_empty() {
                let message = "Rule can't be deleted since it has targets.";
                return Err(errors::invalid(message));
            }
            let id = ResourceId::of::<EventRule>(&name);
            Ok((vec![ResourceChange::Forget(id)], ()))
        });
        deleted.await?;
        Ok(Done)
    }
}
