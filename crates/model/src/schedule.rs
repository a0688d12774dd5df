//! Schedules as they are declared: when, in which zone, what is done about missed times, and for
//! whom.
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html>

mod at;
mod cron;
mod expression;
mod instant;
mod rate;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

pub use cron::Cron;
pub use expression::{Dialect, ScheduleExpression, ScheduleProblem};
pub use rate::EveryRate;

use crate::limit::Zone;
use crate::{Account, Arn, Declared, EventTarget, ScheduleGroupName, ScheduleName, Timestamp};

/// When something starts: the due times of an expression in a zone, between two dates.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Timetable {
    pub expression: ScheduleExpression,
    pub zone: Zone,
    /// Nothing is due before it; a rate counts from it.
    pub start: Option<Timestamp>,
    /// Nothing is due after it.
    pub end: Option<Timestamp>,
}

impl Timetable {
    /// By UTC and without bounds.
    pub fn of(expression: ScheduleExpression) -> Self {
        Self { expression, zone: Zone::UTC, start: None, end: None }
    }

    /// The first due time after `after`. A rate counts from the start date, without one from
    /// `since`, when the schedule was made; `since` itself is due.
    /// Start and end are nothing to a single time.
    /// <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html>
    pub fn next(&self, since: Timestamp, after: Timestamp) -> Option<Timestamp> {
        if let ScheduleExpression::At(_) = self.expression {
            return self.expression.next(&self.zone, since, after);
        }
        let (anchor, after) = match self.start {
            None => (since, after),
            Some(start) => (start, after.max(Timestamp(start.0.saturating_sub(1)))),
        };
        let due = self.expression.next(&self.zone, anchor, after)?;
        self.end.is_none_or(|end| due <= end).then_some(due)
    }
}

/// What a schedule starts, and when.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Schedule {
    pub name: ScheduleName,
    pub group: ScheduleGroupName,
    pub timetable: Timetable,
    /// A run comes at a moment of its own within this span after its due time.
    #[serde(with = "crate::units::span")]
    pub window: Duration,
    pub missed: Missed,
    pub enabled: bool,
    /// Removed after its last due time, as `ActionAfterCompletion: DELETE` asks for.
    pub once_only: bool,
    pub description: Option<String>,
    /// AWS's schedules have one; a manifest's may have several.
    pub targets: Vec<EventTarget>,
    /// By which a call that makes it is known when it comes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
}

impl Schedule {
    /// Enabled, in the default group, with AWS's defaults.
    pub fn new(name: ScheduleName, expression: ScheduleExpression) -> Self {
        Self {
            name,
            group: ScheduleGroupName::default(),
            timetable: Timetable::of(expression),
            window: Duration::ZERO,
            missed: Missed::default(),
            enabled: true,
            once_only: false,
            description: None,
            targets: Vec::new(),
            client_token: None,
        }
    }

    pub fn arn(&self, account: &Account) -> Arn {
        account.arn("scheduler", format_args!("schedule/{}/{}", self.group, self.name))
    }
}

impl Declared for Schedule {
    /// Unique within its group.
    fn name(&self) -> String {
        format!("{}/{}", self.group, self.name)
    }

    fn references(&self) -> Vec<Arn> {
        self.targets.iter().flat_map(EventTarget::references).collect()
    }
}

/// A group of schedules, which carries their tags. The group `default` always exists.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ScheduleGroup {
    pub name: ScheduleGroupName,
    pub tags: BTreeMap<String, String>,
    /// By which a call that makes it is known when it comes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_token: Option<String>,
}

impl Declared for ScheduleGroup {
    fn name(&self) -> String {
        self.name.to_string()
    }
}

/// What happens about due times that passed while the server was down.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Missed {
    /// Nothing.
    Skip,
    /// The latest of them is run.
    #[default]
    Once,
    /// Each of them is run, the oldest first.
    All,
}
