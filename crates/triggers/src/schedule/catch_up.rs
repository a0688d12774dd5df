//! Decides which due times are run now: usually the one that has come, after a downtime what the
//! schedule declares.

use std::time::Duration;

use model::{Missed, Timestamp, Timetable};

/// A due time that lies further back counts as missed. AWS promises a precision of a minute.
pub(crate) const GRACE: Duration = Duration::from_mins(1);

/// The most due times that one decision runs; the others follow in the next.
pub(crate) const MOST: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CatchUp {
    /// The oldest first.
    pub(crate) run: Vec<Timestamp>,
    /// All due times up to here are dealt with, once those above are run.
    pub(crate) passed: Timestamp,
    /// When there is something to decide again.
    pub(crate) next: Option<Timestamp>,
}

pub(crate) fn decide(
    timetable: &Timetable,
    missed: Missed,
    since: Timestamp,
    passed: Timestamp,
    now: Timestamp,
) -> CatchUp {
    let from = match missed {
        Missed::Skip => passed.max(now.minus(GRACE + Duration::from_millis(1))),
        Missed::Once | Missed::All => passed,
    };
    let next = |after: Timestamp| timetable.next(since, after);
    let due = std::iter::successors(next(from), |due| next(*due)).take_while(|due| *due <= now);
    let run: Vec<Timestamp> = match missed {
        Missed::Skip | Missed::All => due.take(MOST).collect(),
        Missed::Once => due.last().into_iter().collect(),
    };
    let is_behind = run.len() == MOST;
    let passed = match run.last() {
        Some(last) if is_behind => *last,
        _ => passed.max(now),
    };
    CatchUp { run, passed, next: next(passed) }
}

#[cfg(test)]
mod tests {
    use model::ScheduleExpression;
    use model::schedule::Dialect;

    use super::*;

    const MINUTE: u64 = 60_000;

    fn every_minute(missed: Missed, passed: u64, now: u64) -> CatchUp {
        let expression = ScheduleExpression::parse("rate(1 minute)", Dialect::Scheduler);
        let timetable = Timetable::of(expression.expect("an expression"));
        decide(&timetable, missed, Timestamp(0), Timestamp(passed), Timestamp(now))
    }

    fn minutes(run: &[u64]) -> Vec<Timestamp> {
        run.iter().map(|minute| Timestamp(minute * MINUTE)).collect()
    }

    #[test]
    fn a_due_time_that_has_come_is_run_whatever_is_declared() {
        for missed in [Missed::Skip, Missed::Once, Missed::All] {
            let early = every_minute(missed, MINUTE, 2 * MINUTE - 1);
            assert_eq!((early.run, early.next), (vec![], Some(Timestamp(2 * MINUTE))));
            for late in [0, 20, 59_999] {
                let due = every_minute(missed, MINUTE, 2 * MINUTE + late);
                assert_eq!(due.run, minutes(&[2]), "{missed:?} {late} ms late");
                assert_eq!(due.next, Some(Timestamp(3 * MINUTE)));
                let again = every_minute(missed, due.passed.0, 2 * MINUTE + late);
                assert_eq!(again.run, [], "once for one due time");
            }
        }
    }

    #[test]
    fn ten_minutes_of_downtime_end_as_declared() {
        let after = |missed| every_minute(missed, 5 * MINUTE, 15 * MINUTE + 30_000);
        let next = Some(Timestamp(16 * MINUTE));
        let (skip, once, all) = (after(Missed::Skip), after(Missed::Once), after(Missed::All));
        assert_eq!((skip.run, skip.next), (minutes(&[15]), next), "the last is on time");
        assert_eq!((once.run, once.next), (minutes(&[15]), next));
        assert_eq!((all.run, all.next), (minutes(&[6, 7, 8, 9, 10, 11, 12, 13, 14, 15]), next));
    }

    #[test]
    fn a_daily_run_missed_by_ten_minutes_is_run_or_skipped() {
        let at = |missed| {
            let expression = ScheduleExpression::parse("cron(0 12 * * ? *)", Dialect::Scheduler);
            let timetable = Timetable::of(expression.expect("an expression"));
            let noon = 12 * 60 * MINUTE;
            let (passed, now) = (Timestamp(noon - MINUTE), Timestamp(noon + 10 * MINUTE));
            decide(&timetable, missed, Timestamp(0), passed, now).run
        };
        assert_eq!(at(Missed::Skip), []);
        assert_eq!(at(Missed::Once), minutes(&[12 * 60]));
        assert_eq!(at(Missed::All), minutes(&[12 * 60]));
    }

    #[test]
    fn a_long_downtime_is_worked_off_in_parts_without_a_gap() {
        let now = 1_000 * MINUTE + 1;
        let (mut passed, mut ran) = (Timestamp(0), Vec::new());
        loop {
            let part = every_minute(Missed::All, passed.0, now);
            if part.run.is_empty() {
                break;
            }
            assert!(part.run.len() <= MOST);
            ran.extend(part.run);
            passed = part.passed;
        }
        assert_eq!(ran, minutes(&(1..=1_000).collect::<Vec<_>>()));
    }
}
