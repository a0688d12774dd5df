//! What a schedule starts at its due times.

pub(crate) mod catch_up;
pub(crate) mod firing;
pub(crate) mod planned;

use model::{Timestamp, Timetable};

pub use firing::scheduled_event;
pub use planned::Kind;

/// The next due times of a timetable, at most `most`.
pub fn upcoming(
    timetable: &Timetable,
    since: Timestamp,
    now: Timestamp,
    most: usize,
) -> Vec<Timestamp> {
    let next = |after: &Timestamp| timetable.next(since, *after);
    std::iter::successors(next(&now), next).take(most).collect()
}

/// A schedule or rule and what is ahead of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upcoming {
    /// Up to when it has been run; nothing before its first run.
    pub passed: Option<Timestamp>,
    pub next: Vec<Timestamp>,
}
