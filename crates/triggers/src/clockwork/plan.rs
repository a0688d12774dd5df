//! Every enabled schedule with its next due time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Account, Arn, Timestamp};
use store::{OutgoingEvent, ScheduleMark};

use crate::schedule::planned::Planned;
use crate::schedule::{Upcoming, catch_up, firing, upcoming};
use crate::triggers::Ended;

#[derive(Debug, Default)]
pub(crate) struct Plan {
    entries: BTreeMap<Arn, Entry>,
    /// Those that have a next due time, by it.
    order: BTreeSet<(Timestamp, Arn)>,
    /// Those that have run for the last time and are to be removed after that.
    ended: BTreeSet<Arn>,
    /// Marks of the last run of the server, until the schedules are known.
    left: BTreeMap<Arn, ScheduleMark>,
}

#[derive(Debug)]
struct Entry {
    planned: Arc<Planned>,
    mark: ScheduleMark,
    next: Option<Timestamp>,
}

impl Entry {
    /// One whose times have all been over since it was made has not run, and stays.
    fn has_ended(&self) -> bool {
        self.planned.once_only && self.next.is_none() && self.mark.passed >= self.mark.since
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
            let known = self.entries.get(&planned.arn).map(|entry| &entry.mark);
            let known = known.or_else(|| self.left.get(&planned.arn));
            let mark = match known.filter(|mark| mark.timetable == planned.timetable_text()) {
                Some(mark) => mark.clone(),
                None => {
                    let mark = planned.begin(now);
                    marking.keep.push(mark.clone());
                    mark
                }
            };
            let next = planned.timetable.next(mark.since, mark.passed);
            let arn = planned.arn.clone();
            plan.order.extend(next.map(|next| (next, arn.clone())));
            let entry = Entry { planned: Arc::new(planned), mark, next };
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

    /// What is due now. Nothing of it counts as run before [`ran`](Self::ran).
    pub(crate) fn run_due(&self, now: Timestamp, account: &Account) -> Run {
        let mut run = Run::default();
        for (_, arn) in self.order.iter().take_while(|(due, _)| *due <= now) {
            let Some(Entry { planned, mark, .. }) = self.entries.get(arn) else { continue };
            let (timetable, missed) = (&planned.timetable, planned.missed);
            let caught_up = catch_up::decide(timetable, missed, mark.since, mark.passed, now);
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
