//! One schedule, or one rule with an expression, as the clockwork sees it.

use std::time::Duration;

use model::{
    Account, Arn, EventRule, EventTarget, Missed, ResourceId, Schedule, Snapshot, Timestamp,
    Timetable,
};
use store::ScheduleMark;

/// Declared and enabled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) arn: Arn,
    pub(crate) id: ResourceId,
    pub(crate) kind: Kind,
    pub(crate) timetable: Timetable,
    pub(crate) window: Duration,
    pub(crate) missed: Missed,
    pub(crate) targets: Vec<EventTarget>,
    pub(crate) once_only: bool,
}

/// What runs by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// EventBridge Scheduler's.
    Schedule,
    /// A rule with an expression.
    Rule,
}

impl Planned {
    pub(crate) fn all(snapshot: &Snapshot, account: &Account) -> Vec<Self> {
        let schedules = snapshot.all::<Schedule>().filter(|schedule| schedule.enabled);
        let schedules = schedules.map(|schedule| Self::schedule(schedule, account));
        let rules = snapshot.all::<EventRule>().filter(|rule| rule.enabled);
        let rules = rules.filter_map(|rule| Self::rule(rule, account));
        schedules.chain(rules).collect()
    }

    fn schedule(schedule: &Schedule, account: &Account) -> Self {
        Self {
            arn: schedule.arn(account),
            id: ResourceId::of::<Schedule>(model::Declared::name(schedule)),
            kind: Kind::Schedule,
            timetable: schedule.timetable.clone(),
            window: schedule.window,
            missed: schedule.missed,
            targets: schedule.targets.clone(),
            once_only: schedule.once_only,
        }
    }

    fn rule(rule: &EventRule, account: &Account) -> Option<Self> {
        Some(Self {
            arn: rule.arn(account),
            id: ResourceId::of::<EventRule>(&rule.name),
            kind: Kind::Rule,
            timetable: Timetable::of(rule.expression.clone()?),
            window: Duration::ZERO,
            missed: Missed::default(),
            targets: rule.targets.clone(),
            once_only: false,
        })
    }

    /// What it runs by: another one starts anew.
    pub(crate) fn timetable_text(&self) -> String {
        let Timetable { expression, zone, start, end } = &self.timetable;
        let bound = |at: &Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        format!("{expression} {zone} {} {}", bound(start), bound(end))
    }

    /// The mark of one that begins now. A schedule's rate runs at once, a rule's after its first
    /// period, as AWS has it.
    pub(crate) fn begin(&self, now: Timestamp) -> ScheduleMark {
        let passed = match self.kind {
            Kind::Schedule => Timestamp(now.0.saturating_sub(1)),
            Kind::Rule => now,
        };
        let (schedule, timetable) = (self.arn.clone(), self.timetable_text());
        ScheduleMark { schedule, timetable, since: now, passed }
    }
}
