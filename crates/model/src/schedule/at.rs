//! `at(2026-11-21T13:00:00)`: one point in time.

use jiff::civil::DateTime;

use super::expression::ScheduleProblem;
use super::instant::first;
use crate::Timestamp;
use crate::limit::Zone;

/// The text has exactly this form; fractions and offsets are not part of it.
pub(super) fn parse(inside: &str) -> Result<DateTime, ScheduleProblem> {
    let problem = || ScheduleProblem::At(inside.to_owned());
    let is_whole = inside.len() == "2026-11-21T13:00:00".len() && inside.as_bytes()[10] == b'T';
    if !is_whole {
        return Err(problem());
    }
    inside.parse().map_err(|_| problem())
}

pub(super) fn next(at: DateTime, zone: &Zone, after: Timestamp) -> Option<Timestamp> {
    first(at, zone).filter(|due| *due > after)
}
