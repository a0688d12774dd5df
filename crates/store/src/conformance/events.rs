//! Promises about events on their way.

use bytes::Bytes;
use model::{Account, Arn, EventTarget, TargetInput, Timestamp};

use crate::{EventStore, OutgoingEvent, ScheduleMark, Store};

fn schedule(name: &str) -> Arn {
    Account::default().arn("scheduler", format_args!("schedule/default/{name}"))
}

fn mark(name: &str, passed: u64) -> ScheduleMark {
    ScheduleMark {
        schedule: schedule(name),
        timetable: "rate(5 minutes)".to_owned(),
        since: Timestamp(1_000),
        passed: Timestamp(passed),
    }
}

fn event(id: &str, next: u64) -> OutgoingEvent {
    let mut target = EventTarget::new("1", Account::default().arn("sqs", "jobs"));
    target.input = TargetInput::Text("{\"hello\":\"\u{1f30a}\"}".to_owned());
    target.dead_letters = Some(Account::default().arn("sqs", "dead"));
    OutgoingEvent {
        id: id.to_owned(),
        source: schedule("hourly"),
        target,
        event: Bytes::from_static(b"{\"version\":\"0\"}"),
        born: Timestamp(5),
        next: Timestamp(next),
        attempts: 0,
    }
}

async fn ids(store: &impl EventStore) -> Vec<String> {
    let events = store.outgoing_events().await.expect("events");
    events.into_iter().map(|event| event.id).collect()
}

pub async fn marks_and_events_come_back_as_they_were_put_out(store: &impl Store) {
    let marks = vec![mark("b", 7), mark("a", 8)];
    store.put_out(marks, vec![event("x", 20), event("y", 10)]).await.expect("put out");
    assert_eq!(store.schedule_marks().await.expect("marks"), [mark("a", 8), mark("b", 7)]);
    let events = store.outgoing_events().await.expect("events");
    assert_eq!(events, [event("y", 10), event("x", 20)], "the next one first");
}

pub async fn a_mark_is_replaced_and_a_repeated_event_is_not(store: &impl Store) {
    store.put_out(vec![mark("a", 7)], vec![event("x", 20)]).await.expect("put out");
    store.postpone_event("x".to_owned(), 3, Timestamp(90)).await.expect("postponed");
    store.put_out(vec![mark("a", 9)], vec![event("x", 20)]).await.expect("put out again");
    assert_eq!(store.schedule_marks().await.expect("marks"), [mark("a", 9)]);
    let tried = OutgoingEvent { attempts: 3, ..event("x", 90) };
    assert_eq!(store.outgoing_events().await.expect("events"), [tried]);
}

pub async fn settled_events_and_forgotten_schedules_are_gone(store: &impl Store) {
    let events = vec![event("x", 1), event("y", 2), event("z", 3)];
    store.put_out(vec![mark("a", 7), mark("b", 7)], events).await.expect("put out");
    let settled = ["x", "z", "unknown"].map(str::to_owned).to_vec();
    store.settle_events(settled).await.expect("settled");
    assert_eq!(ids(store).await, ["y"]);
    store.postpone_event("x".to_owned(), 1, Timestamp(5)).await.expect("nothing to postpone");
    assert_eq!(ids(store).await, ["y"]);
    store.forget_schedules(vec![schedule("a"), schedule("none")]).await.expect("forgotten");
    assert_eq!(store.schedule_marks().await.expect("marks"), [mark("b", 7)]);
}
