//! The contract for events on their way: up to when each schedule has been run, and what targets
//! have yet to take.

use bytes::Bytes;
use model::{Arn, EventTarget, Timestamp};

use crate::Pending;

/// Where a schedule stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleMark {
    /// The schedule or the event rule.
    pub schedule: Arn,
    /// What it ran by when it was marked, as text: another one starts anew.
    pub timetable: String,
    /// When it began; a rate without a start date counts from it.
    pub since: Timestamp,
    /// Due times up to this one are dealt with.
    pub passed: Timestamp,
}

/// An event that one target has yet to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingEvent {
    /// Made of what it is for: the same firing of the same target has the same id.
    pub id: String,
    /// The schedule or the event rule.
    pub source: Arn,
    pub target: EventTarget,
    /// JSON, as it was before the target's input changes it.
    pub event: Bytes,
    /// When it came to be: its age counts from here.
    pub born: Timestamp,
    /// When it is to be tried.
    pub next: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
}

pub trait EventStore {
    /// Every mark, by schedule.
    fn schedule_marks(&self) -> Pending<'_, Vec<ScheduleMark>>;

    /// Keeps the marks and the events, all or none. A mark replaces the one of its schedule; an
    /// event whose id is there already stays as it is.
    fn put_out(&self, marks: Vec<ScheduleMark>, events: Vec<OutgoingEvent>) -> Pending<'_, ()>;

    /// Forgets the marks of schedules that are gone.
    fn forget_schedules(&self, schedules: Vec<Arn>) -> Pending<'_, ()>;

    /// Every event that is not settled, the one to be tried first at the front.
    fn outgoing_events(&self) -> Pending<'_, Vec<OutgoingEvent>>;

    /// Notes that an event was tried `attempts` times, and is to be tried again.
    fn postpone_event(&self, id: String, attempts: u32, next: Timestamp) -> Pending<'_, ()>;

    /// Forgets events that were taken, or given up.
    fn settle_events(&self, ids: Vec<String>) -> Pending<'_, ()>;
}
