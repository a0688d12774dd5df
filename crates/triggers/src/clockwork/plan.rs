//! Every enabled schedule with its next due time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use model::{Account, Arn, Timestamp};
use store::{OutgoingEvent, ScheduleMark};

use crate::schedule::planned::Planned;
use crate::schedule::{Upcoming, catch_up, firing, upcoming};
use crate::triggers::Ended;

/// A clock that is set back by more was wrong. By less, what it shows a second time is not run again.
pub(super) const FAR: Duration = Duration::from_hours(24);

#[derive(Debug, Default)]
pub(crate) struct Plan {
    entries: BTreeMap<Arn, Entry>,
    /// Those that have a next due time, by it.
    order: BTreeSet<(Timestamp, Arn)>,
    /// Those that have run for the last time and are to be removed after that.
    ended: BTreeSet<Arn>,
    /// No schedule was run up to a later time.
    furthest: Timestamp,
    /// Marks of the last run of the server, until the schedules are known.
    left: BTreeMap<Arn, ScheduleMark>,
}

#[derive(Debug)]
struct Entry {
    planned: Arc<Planned>,
    mark: ScheduleMark,
    next: Option<Timestamp>,
    /// Up to when it was run before the clock was set back.
    ahead: Option<Timestamp>,
}

impl Entry {
    /// One whose times have all been over since it was made has not run, and stays.
    fn has_ended(&self) -> bool {
        self.planned.once_only && self.next.is_none() && self.mark.passed >= self.mark.since
    }

    /// All due times up to here are dealt with.
    fn passed(&self, now: Timestamp) -> Timestamp {
        let ahead = self.ahead.filter(|ahead| *ahead <= now);
        ahead.map_or(self.mark.passed, |ahead| ahead.max(self.mark.passed))
    }
}

/// What is run at one moment.
#[derive(Debug, Default)]
pub(crate) struct Run {
    steps: Vec<(ScheduleMark, Option<Timestamp>)>,
    pub(crate) events: Vec<OutgoingEvent>,
}

impl Run {
    pub(crate) fn marks(&self) -> Vec<ScheduleMark> {
        self.steps.iter().map(|(mark, _)| mark.clone()).collect()
    }
}

/// What an installation has to keep and to forget.
#[derive(Debug, Default)]
pub(crate) struct Marking {
    pub(crate) keep: Vec<ScheduleMark>,
    pub(crate) forget: Vec<Arn>,
}

impl Plan {
    pub(crate) fn of(marks: Vec<ScheduleMark>) -> Self {
        let left = marks.into_iter().map(|mark| (mark.schedule.clone(), mark)).collect();
        Self { left, ..Self::default() }
    }

    /// The plan of these schedules, in which those that run by the same timetable as before go on.
    pub(crate) fn with(&self, all: Vec<Planned>, now: Timestamp) -> (Self, Marking) {
        let (mut plan, mut marking) = (Self::default(), Marking::default());
        for planned in all {
            let entry = self.entries.get(&planned.arn).map(|entry| (&entry.mark, entry.ahead));
            let known = entry.or_else(|| Some((self.left.get(&planned.arn)?, None)));
            let known = known.filter(|(mark, _)| mark.timetable == planned.timetable_text());
            let (mark, ahead) = match known {
                Some((mark, ahead)) => (mark.clone(), ahead),
                None => {
                    let mark = planned.begin(now);
                    marking.keep.push(mark.clone());
                    (mark, None)
                }
            };
            plan.furthest = plan.furthest.max(mark.passed);
            let next = planned.timetable.next(mark.since, mark.passed);
            let arn = planned.arn.clone();
            plan.order.extend(next.map(|next| (next, arn.clone())));
            let entry = Entry { planned: Arc::new(planned), mark, next, ahead };
            plan.ended.extend(entry.has_ended().then(|| arn.clone()));
            plan.entries.insert(arn, entry);
        }
        let known = self.entries.keys().chain(self.left.keys());
        marking.forget = known.filter(|arn| !plan.entries.contains_key(*arn)).cloned().collect();
        (plan, marking)
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.order.first().map(|(due, _)| *due)
    }

    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.next_due().is_some_and(|due| due <= now)
    }

    /// Whether the clock was set back so far that schedules have been run up to a time that is far off.
    pub(crate) fn is_ahead(&self, now: Timestamp) -> bool {
        self.furthest > now.plus(FAR)
    }

    /// These schedules go on from now. Nothing of it is kept before they run: should the clock be
    /// wrong now, and be set forward again, they have run up to where they had.
    pub(crate) fn set_back(&mut self, now: Timestamp) -> Vec<Arn> {
        let mut back = Vec::new();
        for (arn, entry) in &mut self.entries {
            let is_ahead = entry.mark.passed > now.plus(FAR) && !self.ended.contains(arn);
            // By a clock that is behind it has not even begun.
            if !is_ahead || entry.mark.since > now.plus(FAR) {
                continue;
            }
            if let Some(due) = entry.next {
                self.order.remove(&(due, arn.clone()));
            }
            entry.ahead = entry.ahead.max(Some(entry.mark.passed));
            entry.mark.passed = now;
            entry.next = entry.planned.timetable.next(entry.mark.since, now);
            self.order.extend(entry.next.map(|next| (next, arn.clone())));
            back.push(arn.clone());
        }
        let passed = self.entries.values().map(|entry| entry.mark.passed);
        self.furthest = passed.max().unwrap_or_default();
        back
    }

    /// What is due now. Nothing of it counts as run before [`ran`](Self::ran).
    pub(crate) fn run_due(&self, now: Timestamp, account: &Account) -> Run {
        let mut run = Run::default();
        for (_, arn) in self.order.iter().take_while(|(due, _)| *due <= now) {
            let Some(entry @ Entry { planned, mark, .. }) = self.entries.get(arn) else { continue };
            let (timetable, missed) = (&planned.timetable, planned.missed);
            let caught_up = catch_up::decide(timetable, missed, mark.since, entry.passed(now), now);
            for due in &caught_up.run {
                run.events.extend(firing::events(planned, account, *due, now));
            }
            let mark = ScheduleMark { passed: caught_up.passed, ..mark.clone() };
            run.steps.push((mark, caught_up.next));
        }
        run
    }

    /// The run was noted.
    pub(crate) fn ran(&mut self, run: &Run) {
        for (mark, next) in &run.steps {
            let Some(entry) = self.entries.get_mut(&mark.schedule) else { continue };
            if let Some(due) = entry.next {
                self.order.remove(&(due, mark.schedule.clone()));
            }
            self.order.extend(next.map(|next| (next, mark.schedule.clone())));
            (entry.mark, entry.next) = (mark.clone(), *next);
            entry.ahead = entry.ahead.filter(|ahead| *ahead > mark.passed);
            self.furthest = self.furthest.max(mark.passed);
            self.ended.extend(entry.has_ended().then(|| mark.schedule.clone()));
        }
    }

    /// Those that are to be removed, as they were when they ran.
    pub(crate) fn ended(&self) -> Vec<Ended> {
        let planned = self.ended.iter().filter_map(|arn| self.planned(arn));
        let ended = planned.map(|it| Ended { id: it.id.clone(), timetable: it.timetable.clone() });
        ended.collect()
    }

    pub(crate) fn planned(&self, arn: &Arn) -> Option<Arc<Planned>> {
        self.entries.get(arn).map(|entry| Arc::clone(&entry.planned))
    }

    pub(crate) fn upcoming(&self, arn: &Arn, now: Timestamp, most: usize) -> Option<Upcoming> {
        let Entry { planned, mark, .. } = self.entries.get(arn)?;
        let passed = (mark.passed > mark.since).then_some(mark.passed);
        let after = mark.passed.max(now);
        Some(Upcoming { passed, next: upcoming(&planned.timetable, mark.since, after, most) })
    }
}
