//! What becomes of an asynchronous invocation after an attempt. Values and time in, a decision out.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>

use std::time::Duration;

use model::{EventInvokeConfig, Timestamp};
use store::Progress;

/// Before the first retry of a function that failed; so much more before each further one.
const AFTER_FAILURE: Duration = Duration::from_mins(1);
/// After the first attempt that ran nothing; twice as long after each further one.
const AFTER_REFUSAL: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(5);

/// What an attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    Succeeded,
    /// The function ran and ended in an error.
    Failed,
    /// Nothing ran: no concurrency was left, or the platform could not.
    Refused,
    /// Nothing may run: a concurrency of 0 is reserved for the function.
    Stopped,
}

/// Why an invocation is over, in the words of its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    Success,
    RetriesExhausted,
    EventAgeExceeded,
    ZeroReservedConcurrency,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    Again(Progress),
    Over(Condition),
}

impl Condition {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::RetriesExhausted => "RetriesExhausted",
            Self::EventAgeExceeded => "EventAgeExceeded",
            Self::ZeroReservedConcurrency => "ZeroReservedConcurrency",
        }
    }
}

/// Whether the event is given up before it is tried once more.
pub(super) fn is_too_old(accepted: Timestamp, policy: &EventInvokeConfig, now: Timestamp) -> bool {
    now >= accepted.plus(policy.most_age())
}

pub(super) fn next(
    accepted: Timestamp,
    progress: &Progress,
    policy: &EventInvokeConfig,
    attempt: Attempt,
    now: Timestamp,
) -> Next {
    let end = accepted.plus(policy.most_age());
    match attempt {
        Attempt::Succeeded => Next::Over(Condition::Success),
        Attempt::Failed if progress.runs >= policy.retries() => {
            Next::Over(Condition::RetriesExhausted)
        }
        Attempt::Failed => {
            let runs = progress.runs + 1;
            let due = now.plus(AFTER_FAILURE * runs);
            if due >= end {
                return Next::Over(Condition::EventAgeExceeded);
            }
            Next::Again(Progress { due, runs, refusals: 0, owed: None })
        }
        Attempt::Refused => {
            let refusals = progress.refusals + 1;
            // At its end it is looked at once more, and given up.
            let due = now.plus(after_refusals(refusals)).min(end);
            Next::Again(Progress { due, refusals, ..progress.clone() })
        }
        Attempt::Stopped => Next::Over(Condition::ZeroReservedConcurrency),
    }
}

/// How long to wait after so many attempts in a row that came to nothing.
pub(super) fn after_refusals(refusals: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(refusals.saturating_sub(1));
    AFTER_REFUSAL.saturating_mul(doubled).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use model::{FunctionName, Qualifier};

    use super::*;

    fn policy(retries: Option<u8>, most_age: u64) -> EventInvokeConfig {
        let function = FunctionName::parse("f").expect("a name");
        EventInvokeConfig {
            retries,
            most_age: Some(Duration::from_secs(most_age)),
            ..EventInvokeConfig::new(function, Qualifier::LATEST)
        }
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    fn tried(runs: u32, refusals: u32) -> Progress {
        Progress { due: at(0), runs, refusals, owed: None }
    }

    fn check(
        policy: &EventInvokeConfig,
        before: &Progress,
        attempt: Attempt,
        now: u64,
        expected: &Next,
    ) {
        assert_eq!(next(at(0), before, policy, attempt, at(now)), *expected);
    }

    fn again(due: u64, runs: u32, refusals: u32) -> Next {
        Next::Again(Progress { due: at(due), runs, refusals, owed: None })
    }

    #[test]
    fn a_failed_function_is_run_again_after_one_minute_and_after_two() {
        let policy = policy(None, 21_600);
        check(&policy, &tried(0, 0), Attempt::Failed, 10, &again(70, 1, 0));
        check(&policy, &tried(1, 5), Attempt::Failed, 100, &again(220, 2, 0));
        let over = Next::Over(Condition::RetriesExhausted);
        check(&policy, &tried(2, 0), Attempt::Failed, 300, &over);
        check(&policy, &tried(2, 0), Attempt::Succeeded, 300, &Next::Over(Condition::Success));
    }

    #[test]
    fn retries_can_be_turned_off() {
        let over = Next::Over(Condition::RetriesExhausted);
        check(&policy(Some(0), 60), &tried(0, 0), Attempt::Failed, 1, &over);
        check(&policy(Some(1), 600), &tried(0, 0), Attempt::Failed, 1, &again(61, 1, 0));
        check(&policy(Some(1), 600), &tried(1, 0), Attempt::Failed, 61, &over);
    }

    #[test]
    fn a_retry_that_would_come_too_late_is_not_waited_for() {
        let over = Next::Over(Condition::EventAgeExceeded);
        check(&policy(None, 60), &tried(0, 0), Attempt::Failed, 0, &over);
        check(&policy(None, 61), &tried(0, 0), Attempt::Failed, 0, &again(60, 1, 0));
    }

    #[test]
    fn refusals_are_retried_ever_less_often_and_are_no_runs() {
        let policy = policy(None, 21_600);
        for (refusals, wait) in [(0, 1), (1, 2), (2, 4), (7, 128), (8, 256), (9, 300), (90, 300)] {
            let expected = again(1_000 + wait, 1, refusals + 1);
            check(&policy, &tried(1, refusals), Attempt::Refused, 1_000, &expected);
        }
    }

    #[test]
    fn who_may_not_run_at_all_is_not_waited_for() {
        let over = Next::Over(Condition::ZeroReservedConcurrency);
        check(&policy(None, 21_600), &tried(0, 0), Attempt::Stopped, 1, &over);
        check(&policy(None, 21_600), &tried(1, 3), Attempt::Stopped, 1, &over);
    }

    #[test]
    fn at_its_end_an_event_is_looked_at_and_given_up() {
        let policy = policy(None, 60);
        check(&policy, &tried(0, 4), Attempt::Refused, 50, &again(60, 0, 5));
        assert!(!is_too_old(at(0), &policy, at(59)));
        assert!(is_too_old(at(0), &policy, at(60)));
    }
}
