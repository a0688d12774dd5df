//! `PutTargets`: adds targets to a rule, or replaces those with the same ids.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html>

use std::collections::BTreeSet;

use model::EventTarget;
use serde::Deserialize;

use super::target::Target;
use super::{NoneFailed, errors, rule};
use crate::action::Action;
use crate::call::Call;
use crate::constraint;
use crate::error::AwsError;

/// The most targets of a rule.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html>
const MOST: usize = 5;

pub(super) struct PutTargets;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    rule: String,
    event_bus_name: Option<String>,
    targets: Vec<Target>,
}

impl Action for PutTargets {
    const NAME: &'static str = "PutTargets";
    type Input<'a> = Input;
    type Output = NoneFailed;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<NoneFailed, AwsError> {
        if input.targets.is_empty() {
            let rule = "have length greater than or equal to 1";
            return Err(constraint::broken("[]", "targets", rule));
        }
        let mut ids = BTreeSet::new();
        if let Some(twice) = input.targets.iter().find(|target| !ids.insert(target.id.as_str())) {
            let id = &twice.id;
            return Err(errors::invalid(format!("The target id {id} is in this request twice.")));
        }
        let targets: Vec<EventTarget> = (1..)
            .zip(input.targets)
            .map(|(number, target)| target.declared(&format!("targets.{number}.member")))
            .collect::<Result<_, _>>()?;
        rule::change(call, input.event_bus_name.as_deref(), &input.rule, |rule| {
            for target in &targets {
                match rule.targets.iter_mut().find(|there| there.id == target.id) {
                    Some(there) => there.clone_from(target),
                    None => rule.targets.push(target.clone()),
                }
            }
            if rule.targets.len() > MOST {
                let message = "The requested resource exceeds the maximum number allowed.";
                return Err(errors::too_many(message));
            }
            Ok(())
        })
        .await?;
        Ok(NoneFailed::default())
    }
}
