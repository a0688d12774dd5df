//! Decides what happens to an event that its target did not take.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html>

use std::time::Duration;

use model::{DeliverError, Timestamp};
use store::OutgoingEvent;

use crate::ids;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    Again(Timestamp),
    /// It goes to the dead letters, if there are any.
    GiveUp(Exhausted),
}

/// Why it is not tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exhausted {
    /// No attempt can succeed.
    Never,
    Attempts,
    Age,
}

/// The longest pause between two attempts.
const LONGEST: Duration = Duration::from_mins(8);

/// `event.attempts` counts the attempt that just failed.
pub(crate) fn after(event: &OutgoingEvent, error: &DeliverError, now: Timestamp) -> Next {
    if !error.may_be_retried() {
        return Next::GiveUp(Exhausted::Never);
    }
    // The first attempt is no retry.
    if event.attempts > event.target.retry.most_attempts {
        return Next::GiveUp(Exhausted::Attempts);
    }
    let again = now.plus(pause(&event.id, event.attempts));
    if again.since(event.born) > event.target.retry.most_age {
        return Next::GiveUp(Exhausted::Age);
    }
    Next::Again(again)
}

/// Doubles from one second on; a quarter of it differs from event to event.
fn pause(id: &str, attempts: u32) -> Duration {
    let doubled = Duration::from_secs(1) * 2_u32.saturating_pow(attempts.saturating_sub(1).min(16));
    let whole = doubled.min(LONGEST);
    let millis = u64::try_from(whole.as_millis()).unwrap_or(u64::MAX);
    let apart = ids::scatter(&format!("{id} {attempts}")) % (millis / 4).max(1);
    whole - Duration::from_millis(apart)
}

#[cfg(test)]
mod tests {
    use model::{Account, EventTarget};

    use super::*;

    fn event(attempts: u32) -> OutgoingEvent {
        let account = Account::default();
        OutgoingEvent {
            id: "x/1".to_owned(),
            source: account.arn("events", "rule/r"),
            target: EventTarget::new("1", account.arn("sqs", "jobs")),
            event: bytes::Bytes::new(),
            born: Timestamp(0),
            next: Timestamp(0),
            attempts,
        }
    }

    fn unavailable() -> DeliverError {
        DeliverError::Unavailable("the store is busy".to_owned())
    }

    #[test]
    fn pauses_double_up_to_eight_minutes() {
        let span = |attempts| match after(&event(attempts), &unavailable(), Timestamp(0)) {
            Next::Again(at) => at.0,
            Next::GiveUp(why) => panic!("given up: {why:?}"),
        };
        for (attempts, whole) in [(1, 1_000), (2, 2_000), (5, 16_000), (40, 480_000)] {
            let pause = span(attempts);
            assert!(pause <= whole && pause > whole * 3 / 4, "{attempts}: {pause} of {whole}");
        }
    }

    #[test]
    fn what_can_not_succeed_is_not_tried_again() {
        let refused = DeliverError::Refused("too large".to_owned());
        assert_eq!(after(&event(1), &refused, Timestamp(0)), Next::GiveUp(Exhausted::Never));
    }

    #[test]
    fn attempts_and_age_come_to_an_end() {
        let mut once = event(1);
        once.target.retry.most_attempts = 0;
        assert_eq!(after(&once, &unavailable(), Timestamp(0)), Next::GiveUp(Exhausted::Attempts));
        let mut young = event(3);
        young.target.retry.most_age = Duration::from_secs(60);
        let late = Timestamp(59_000);
        assert_eq!(after(&young, &unavailable(), late), Next::GiveUp(Exhausted::Age));
        assert!(matches!(after(&young, &unavailable(), Timestamp(1_000)), Next::Again(_)));
    }
}
