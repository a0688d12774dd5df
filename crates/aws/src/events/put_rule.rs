//! `PutRule`: makes a rule or changes it, but for its targets.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html>

use model::pattern::Pattern;
use model::schedule::Dialect;
use model::{EventRule, ResourceChange, ScheduleExpression, Timetable};
use serde::{Deserialize, Serialize};

use super::errors;
use super::rule;
use super::tags::{self, Tag};
use crate::action::Action;
use crate::call::Call;
use crate::constraint;
use crate::control::edit;
use crate::error::AwsError;

/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html>
const MOST_RULES: usize = 300;
const MOST_PATTERN: usize = 4096;

pub(super) struct PutRule;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name: String,
    schedule_expression: Option<String>,
    event_pattern: Option<String>,
    state: Option<String>,
    description: Option<String>,
    role_arn: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    event_bus_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    rule_arn: String,
}

impl Action for PutRule {
    const NAME: &'static str = "PutRule";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        rule::check_bus(input.event_bus_name.as_deref(), &call.backing.account)?;
        let mut wanted = EventRule::new(rule::name(&input.name, "name")?);
        wanted.pattern = input.event_pattern.map(pattern).transpose()?;
        let now = call.backing.clock.timestamp();
        wanted.expression =
            input.schedule_expression.map(|text| expression(&text, now)).transpose()?;
        if wanted.pattern.is_none() && wanted.expression.is_none() {
            let message = "Parameter(s) EventPattern or ScheduleExpression must be specified.";
            return Err(errors::invalid(message));
        }
        wanted.enabled = is_enabled(input.state.as_deref())?;
        wanted.description = input.description.map(description).transpose()?;
        wanted.role = input.role_arn;
        tags::add(&mut wanted.tags, input.tags)?;
        let rule_arn = wanted.arn(&call.backing.account).to_string();
        let put = edit(&*call.backing.control, errors::refused, |seen| {
            let mut rule = wanted.clone();
            match seen.get::<EventRule>(&rule.name) {
                // Its targets and tags are changed by actions of their own.
                Some(there) => {
                    rule.targets.clone_from(&there.targets);
                    rule.tags.clone_from(&there.tags);
                }
                None if seen.all::<EventRule>().count() >= MOST_RULES => {
                    return Err(errors::too_many(
                        "The requested resource exceeds the maximum number allowed.",
                    ));
                }
                None => {}
            }
            let is_same = seen.get::<EventRule>(&rule.name) == Some(&rule);
            let changes =
                if is_same { Vec::new() } else { vec![ResourceChange::Keep(rule.into())] };
            Ok((changes, ()))
        });
        put.await?;
        Ok(Output { rule_arn })
    }
}

fn pattern(text: String) -> Result<String, AwsError> {
    if text.len() > MOST_PATTERN {
        let rule = format_args!("have length less than or equal to {MOST_PATTERN}");
        return Err(constraint::broken(&text, "eventPattern", rule));
    }
    Pattern::compile(&text).map_err(|problem| errors::pattern(&problem))?;
    Ok(text)
}

/// An expression that names no time to come is none.
fn expression(text: &str, now: model::Timestamp) -> Result<ScheduleExpression, AwsError> {
    let invalid = || errors::invalid("Parameter ScheduleExpression is not valid.");
    let expression = ScheduleExpression::parse(text, Dialect::Rules).map_err(|_| invalid())?;
    let comes = Timetable::of(expression.clone()).next(now, now).is_some();
    if comes { Ok(expression) } else { Err(invalid()) }
}

fn is_enabled(state: Option<&str>) -> Result<bool, AwsError> {
    match state {
        None | Some("ENABLED") => Ok(true),
        Some("DISABLED") => Ok(false),
        Some(other) => Err(constraint::not_in(other, "state", "[ENABLED, DISABLED]")),
    }
}

fn description(text: String) -> Result<String, AwsError> {
    if text.chars().count() <= 512 {
        return Ok(text);
    }
    Err(constraint::broken(&text, "description", "have length less than or equal to 512"))
}
