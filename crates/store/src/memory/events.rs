//! Events on their way, in memory.

use std::collections::BTreeMap;

use model::{Arn, Timestamp};

use super::{Memory, done};
use crate::{EventStore, OutgoingEvent, Pending, ScheduleMark};

#[derive(Debug, Clone, Default)]
pub(super) struct Events {
    marks: BTreeMap<Arn, ScheduleMark>,
    outgoing: BTreeMap<String, OutgoingEvent>,
}

impl EventStore for Memory {
    fn schedule_marks(&self) -> Pending<'_, Vec<ScheduleMark>> {
        done(Ok(self.kept().events.marks.values().cloned().collect()))
    }

    fn put_out(&self, marks: Vec<ScheduleMark>, events: Vec<OutgoingEvent>) -> Pending<'_, ()> {
        let mut kept = self.kept();
        for mark in marks {
            kept.events.marks.insert(mark.schedule.clone(), mark);
        }
        for event in events {
            kept.events.outgoing.entry(event.id.clone()).or_insert(event);
        }
        done(Ok(()))
    }

    fn forget_schedules(&self, schedules: Vec<Arn>) -> Pending<'_, ()> {
        let mut kept = self.kept();
        for schedule in schedules {
            kept.events.marks.remove(&schedule);
        }
        done(Ok(()))
    }

    fn outgoing_events(&self) -> Pending<'_, Vec<OutgoingEvent>> {
        let mut all: Vec<_> = self.kept().events.outgoing.values().cloned().collect();
        all.sort_by(|a, b| (a.next, &a.id).cmp(&(b.next, &b.id)));
        done(Ok(all))
    }

    fn postpone_event(&self, id: String, attempts: u32, next: Timestamp) -> Pending<'_, ()> {
        if let Some(event) = self.kept().events.outgoing.get_mut(&id) {
            (event.attempts, event.next) = (attempts, next);
        }
        done(Ok(()))
    }

    fn settle_events(&self, ids: Vec<String>) -> Pending<'_, ()> {
        let mut kept = self.kept();
        for id in ids {
            kept.events.outgoing.remove(&id);
        }
        done(Ok(()))
    }
}
