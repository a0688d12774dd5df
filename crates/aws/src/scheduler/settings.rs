//! What a schedule is made of, as `CreateSchedule` and `UpdateSchedule` take it.

use std::time::Duration;

use model::limit::Zone;
use model::schedule::Dialect;
use model::{Schedule, ScheduleExpression, Timestamp, Timetable};
use serde::{Deserialize, Serialize};

use super::target::Target;
use super::{dates, errors, group};
use crate::constraint;
use crate::error::AwsError;

/// How long ago a schedule may have begun when it is made or changed.
const OLDEST_START: Duration = Duration::from_mins(5);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Settings {
    pub(super) name: String,
    group_name: Option<String>,
    schedule_expression: String,
    schedule_expression_timezone: Option<String>,
    start_date: Option<f64>,
    end_date: Option<f64>,
    flexible_time_window: Window,
    state: Option<String>,
    description: Option<String>,
    action_after_completion: Option<String>,
    kms_key_arn: Option<String>,
    client_token: Option<String>,
    target: Target,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Window {
    mode: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_window_in_minutes: Option<i64>,
}

impl Settings {
    pub(super) fn declared(self, now: Timestamp) -> Result<Schedule, AwsError> {
        if self.kms_key_arn.is_some() {
            return Err(errors::invalid("KmsKeyArn is not supported by this server."));
        }
        let name = group::schedule_name(&self.name)?;
        let text = self.schedule_expression;
        let invalid = || errors::invalid(format!("Invalid Schedule Expression {text}."));
        let expression =
            ScheduleExpression::parse(&text, Dialect::Scheduler).map_err(|_| invalid())?;
        let mut schedule = Schedule::new(name, expression);
        schedule.group = group::name(self.group_name.as_deref())?;
        if let Some(zone) = self.schedule_expression_timezone {
            let unknown =
                |_| errors::invalid(format!("Invalid Schedule Expression Timezone {zone}."));
            schedule.timetable.zone = Zone::named(&zone).map_err(unknown)?;
        }
        let date =
            |date: Option<f64>, member| date.map(|date| dates::read(date, member)).transpose();
        schedule.timetable.start = date(self.start_date, "startDate")?;
        schedule.timetable.end = date(self.end_date, "endDate")?;
        check_dates(&schedule.timetable, now)?;
        schedule.window = self.flexible_time_window.declared()?;
        schedule.enabled = one_of(self.state.as_deref(), "state", ["ENABLED", "DISABLED"])?;
        schedule.once_only = !one_of(
            self.action_after_completion.as_deref(),
            "actionAfterCompletion",
            ["NONE", "DELETE"],
        )?;
        schedule.description = self.description.map(description).transpose()?;
        schedule.targets = vec![self.target.declared()?];
        schedule.client_token = self.client_token.map(client_token).transpose()?;
        // One that is never due is refused, whether its expression or its dates are the reason.
        let before = Timestamp(now.0.saturating_sub(1));
        match schedule.timetable.next(now, before) {
            Some(_) => Ok(schedule),
            None if schedule.timetable.end.is_some_and(|end| end <= now) => {
                Err(errors::invalid("The EndDate you specify must be in the future."))
            }
            None => Err(invalid()),
        }
    }
}

/// A single time knows neither start nor end.
/// <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html>
fn check_dates(timetable: &Timetable, now: Timestamp) -> Result<(), AwsError> {
    let Timetable { expression, start, end, .. } = timetable;
    if matches!(expression, ScheduleExpression::At(_)) {
        return Ok(());
    }
    let Some(start) = start else { return Ok(()) };
    if start.plus(OLDEST_START) < now {
        let message = "The StartDate you specify cannot be earlier than 5 minutes ago.";
        return Err(errors::invalid(message));
    }
    if end.is_some_and(|end| end <= *start) {
        return Err(errors::invalid("The StartDate must come before the EndDate."));
    }
    Ok(())
}

impl Window {
    fn declared(self) -> Result<Duration, AwsError> {
        match (self.mode.as_str(), self.maximum_window_in_minutes) {
            ("OFF", None) => Ok(Duration::ZERO),
            ("OFF", Some(_)) => {
                Err(errors::invalid("MaximumWindowInMinutes must not be given when Mode is OFF."))
            }
            ("FLEXIBLE", Some(minutes)) => {
                let member = "flexibleTimeWindow.maximumWindowInMinutes";
                let minutes = constraint::within(minutes, member, 1..=1440)?;
                Ok(Duration::from_mins(minutes.into()))
            }
            ("FLEXIBLE", None) => {
                Err(errors::invalid("MaximumWindowInMinutes is required when Mode is FLEXIBLE."))
            }
            (other, _) => {
                Err(constraint::not_in(other, "flexibleTimeWindow.mode", "[OFF, FLEXIBLE]"))
            }
        }
    }

    pub(super) fn shown(window: Duration) -> Self {
        if window.is_zero() {
            return Self { mode: "OFF".to_owned(), maximum_window_in_minutes: None };
        }
        let minutes = i64::try_from(window.as_secs() / 60).ok();
        Self { mode: "FLEXIBLE".to_owned(), maximum_window_in_minutes: minutes }
    }
}

/// Whether it is the first of the two, which is also what is meant when nothing is said.
fn one_of(given: Option<&str>, member: &str, [first, second]: [&str; 2]) -> Result<bool, AwsError> {
    match given {
        None => Ok(true),
        Some(text) if text == first => Ok(true),
        Some(text) if text == second => Ok(false),
        Some(other) => Err(constraint::not_in(other, member, &format!("[{first}, {second}]"))),
    }
}

/// <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html#scheduler-CreateSchedule-request-ClientToken>
pub(super) fn client_token(text: String) -> Result<String, AwsError> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if (1..=64).contains(&text.len()) && text.bytes().all(is_allowed) {
        return Ok(text);
    }
    Err(constraint::no_match(&text, "clientToken", "^[a-zA-Z0-9-_]{1,64}$"))
}

fn description(text: String) -> Result<String, AwsError> {
    if text.chars().count() <= 512 {
        return Ok(text);
    }
    Err(constraint::broken(&text, "description", "have length less than or equal to 512"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// In seconds.
    const NOW: u64 = 1_900_000_000;

    fn check(expression: &str, start: Option<u64>, end: Option<u64>, expected: Result<(), &str>) {
        let settings: Settings = serde_json::from_value(json!({
            "Name": "tick",
            "ScheduleExpression": expression,
            "StartDate": start,
            "EndDate": end,
            "FlexibleTimeWindow": { "Mode": "OFF" },
            "Target": {
                "Arn": "arn:aws:sqs:us-east-1:000000000000:jobs",
                "RoleArn": "arn:aws:iam::000000000000:role/any",
            },
        }))
        .expect("settings");
        let declared = settings.declared(Timestamp(NOW * 1000)).map(drop);
        let seen = declared.map_err(|error| error.message().to_owned());
        let expected = expected.map_err(str::to_owned);
        assert_eq!(seen, expected, "{expression} {start:?} {end:?}");
    }

    #[test]
    fn a_schedule_begins_five_minutes_ago_at_the_earliest_and_before_it_ends() {
        let past = Err("The StartDate you specify cannot be earlier than 5 minutes ago.");
        let turned = Err("The StartDate must come before the EndDate.");
        for expression in ["rate(10 minutes)", "cron(0 8 * * ? *)"] {
            check(expression, Some(NOW - 300), None, Ok(()));
            check(expression, Some(NOW - 301), None, past);
            check(expression, Some(NOW + 60), Some(NOW + 864_000), Ok(()));
            check(expression, Some(NOW + 7200), Some(NOW + 7200), turned);
            check(expression, Some(NOW + 7200), Some(NOW + 3600), turned);
            let over = Err("The EndDate you specify must be in the future.");
            check(expression, None, Some(NOW - 1), over);
        }
        check("at(2040-01-01T00:00:00)", Some(NOW - 9000), Some(NOW - 9001), Ok(()));
    }
}
