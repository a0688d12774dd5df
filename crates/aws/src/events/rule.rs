//! Rules as requests name them and answers show them.

use model::{Account, Declared, EventRule, ResourceChange, RuleName, Snapshot};
use serde::Serialize;

use super::errors;
use crate::call::Call;
use crate::constraint;
use crate::control::edit;
use crate::error::AwsError;

/// The only bus, by its name or its ARN.
pub(super) fn check_bus(bus: Option<&str>, account: &Account) -> Result<(), AwsError> {
    match bus {
        None | Some(triggers::bus::DEFAULT) => Ok(()),
        Some(arn) if *arn == *account.event_bus().as_str() => Ok(()),
        Some(other) => {
            let name = other.rsplit_once(":event-bus/").map_or(other, |(_, name)| name);
            Err(errors::no_bus(name))
        }
    }
}

pub(super) fn name(text: &str, member: &str) -> Result<RuleName, AwsError> {
    RuleName::parse(text).map_err(|_| {
        let rule = if text.chars().count() > 64 {
            "have length less than or equal to 64"
        } else {
            r"satisfy regular expression pattern: [\.\-_A-Za-z0-9]+"
        };
        constraint::broken(text, member, rule)
    })
}

pub(super) fn find<'a>(seen: &'a Snapshot, name: &str) -> Result<&'a EventRule, AwsError> {
    seen.get::<EventRule>(name).ok_or_else(|| errors::no_rule(name))
}

/// Changes a rule that there is.
pub(super) async fn change<T>(
    call: &Call<'_>,
    bus: Option<&str>,
    name: &str,
    mut decide: impl FnMut(&mut EventRule) -> Result<T, AwsError>,
) -> Result<T, AwsError> {
    check_bus(bus, &call.backing.account)?;
    let changed = edit(&*call.backing.control, errors::refused, |seen| {
        let there = find(seen, name)?;
        let mut rule = there.clone();
        let answer = decide(&mut rule)?;
        let changes =
            if rule == *there { Vec::new() } else { vec![ResourceChange::Keep(rule.into())] };
        Ok((changes, answer))
    });
    changed.await
}

/// The rule that this ARN names.
pub(super) fn of_arn<'a>(
    seen: &'a Snapshot,
    arn: &str,
    account: &Account,
) -> Result<&'a EventRule, AwsError> {
    let found = seen.all::<EventRule>().find(|rule| rule.arn(account).as_str() == arn);
    found.ok_or_else(|| {
        let name = arn.rsplit_once("rule/").map_or(arn, |(_, name)| name);
        errors::no_rule(name)
    })
}

/// As answers show it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Shown {
    name: String,
    arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule_expression: Option<String>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_arn: Option<String>,
    event_bus_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<String>,
}

impl Shown {
    pub(super) fn of(rule: &EventRule, account: &Account) -> Self {
        Self {
            name: rule.name(),
            arn: rule.arn(account).to_string(),
            event_pattern: rule.pattern.clone(),
            schedule_expression: rule.expression.as_ref().map(ToString::to_string),
            state: if rule.enabled { "ENABLED" } else { "DISABLED" },
            description: rule.description.clone(),
            role_arn: rule.role.clone(),
            event_bus_name: triggers::bus::DEFAULT,
            created_by: None,
        }
    }

    /// `DescribeRule` says who made it, the lists do not.
    pub(super) fn described(rule: &EventRule, account: &Account) -> Self {
        Self { created_by: Some(account.id.to_string()), ..Self::of(rule, account) }
    }
}
