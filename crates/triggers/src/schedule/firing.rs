//! The event of one due time, and what becomes of it for each target.
//! <https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-events.html>

use std::time::Duration;

use bytes::Bytes;
use model::{Account, Arn, RequestId, Timestamp};
use serde_json::json;
use store::OutgoingEvent;

use super::planned::{Kind, Planned};
use crate::ids;

/// One event for each target, with ids made of schedule, due time and target. Its age counts from
/// when it may first be delivered: the window is no part of it.
pub(crate) fn events(
    planned: &Planned,
    account: &Account,
    due: Timestamp,
    now: Timestamp,
) -> Vec<OutgoingEvent> {
    let id = ids::of_firing(&planned.arn, due);
    let event = scheduled_event(planned.kind, &planned.arn, account, due);
    let next = due.plus(within(planned.window, &id));
    let for_target = |target: &model::EventTarget| OutgoingEvent {
        id: format!("{id}/{}", target.id),
        source: planned.arn.clone(),
        target: target.clone(),
        event: event.clone(),
        born: now.max(next),
        next,
        attempts: 0,
    };
    planned.targets.iter().map(for_target).collect()
}

/// What a rule or schedule sends to its targets, unless they have an input of their own.
pub fn scheduled_event(kind: Kind, arn: &Arn, account: &Account, due: Timestamp) -> Bytes {
    let (source, detail) = match kind {
        Kind::Rule => ("aws.events", json!({})),
        // The scheduler's events have a text there.
        Kind::Schedule => ("aws.scheduler", json!("{}")),
    };
    let event = json!({
        "version": "0",
        "id": ids::of_firing(arn, due).as_str(),
        "detail-type": "Scheduled Event",
        "source": source,
        "account": &*account.id,
        "time": seconds(due),
        "region": &*account.region,
        "resources": [arn.as_str()],
        "detail": detail,
    });
    event.to_string().into()
}

/// As events have times: `2026-11-21T12:00:00Z`.
pub(crate) fn seconds(time: Timestamp) -> String {
    let text = time.to_string();
    text.split_once('.').map_or(text.clone(), |(seconds, _)| format!("{seconds}Z"))
}

/// A firing's own moment within the flexible window, always the same for the same firing.
fn within(window: Duration, id: &RequestId) -> Duration {
    let millis = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
    match millis {
        0 => Duration::ZERO,
        _ => Duration::from_millis(ids::scatter(id.as_str()) % millis),
    }
}

#[cfg(test)]
mod tests {
    use model::schedule::Dialect;
    use model::{DeliverError, EventTarget, Resource, Schedule, ScheduleExpression, ScheduleName};

    use super::*;
    use crate::delivery::attempt;

    #[test]
    fn a_window_spreads_firings_and_never_moves_one() {
        let window = Duration::from_mins(15);
        let arn = Account::default().arn("scheduler", "schedule/default/hourly");
        let at = |due| within(window, &ids::of_firing(&arn, Timestamp(due)));
        let spans: Vec<Duration> = (0..1_000).map(at).collect();
        assert!(spans.iter().all(|span| *span < window));
        let early = spans.iter().filter(|span| **span < window / 2).count();
        assert!((400..600).contains(&early), "{early} of 1000 in the first half");
        assert_eq!(at(7), spans[7]);
        assert_eq!(within(Duration::ZERO, &ids::of_firing(&arn, Timestamp(1))), Duration::ZERO);
    }

    #[test]
    fn a_window_is_no_part_of_an_events_age() {
        let mut hourly = hourly();
        hourly.window = Duration::from_hours(1);
        hourly.targets[0].retry.most_age = Duration::from_secs(60);
        let due = Timestamp(3_600_000);
        let error = DeliverError::Unavailable("not now".to_owned());
        for firing in 0..100 {
            let due = due.plus(Duration::from_hours(firing));
            let event = events(&hourly, &Account::default(), due, due).remove(0);
            let failed = OutgoingEvent { attempts: 1, ..event };
            let next = attempt::after(&failed, &error, failed.next);
            assert!(matches!(next, attempt::Next::Again(_)), "{next:?}");
        }
        let late = due.plus(Duration::from_hours(5));
        let event = events(&hourly, &Account::default(), due, late).remove(0);
        assert_eq!(event.born, late, "what was missed has not aged");
    }

    fn hourly() -> Planned {
        let expression = ScheduleExpression::parse("rate(1 hour)", Dialect::Scheduler);
        let name = ScheduleName::parse("hourly").expect("a name");
        let mut schedule = Schedule::new(name, expression.expect("an expression"));
        let jobs = Account::default().arn("sqs", "jobs");
        schedule.targets = vec![EventTarget::new("1", jobs)];
        let snapshot = [Resource::from(schedule)].into_iter().collect();
        Planned::all(&snapshot, &Account::default()).remove(0)
    }

    #[test]
    fn times_are_whole_seconds() {
        assert_eq!(seconds(Timestamp(1_700_000_000_005)), "2023-11-14T22:13:20Z");
    }
}
