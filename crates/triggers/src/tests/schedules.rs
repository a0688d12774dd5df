//! Schedules: one run for one due time, over clock changes, downtimes and kills.

use std::time::Duration;

use model::limit::Zone;
use model::{Account, DeliverError, Missed, Resource, Schedule, TargetInput};

use super::ground::{Ground, at_noon, due, queue, queue_target, schedule, time};
use crate::clockwork::MOST_DELIVERIES;

const MINUTE: Duration = Duration::from_mins(1);

fn unavailable() -> DeliverError {
    DeliverError::Unavailable("not now".to_owned())
}

#[tokio::test]
async fn a_schedule_runs_at_its_due_time_and_not_before() {
    let mut ground = Ground::at("2026-11-21T11:59:00Z", at_noon(Missed::Once)).await;
    ground.pass(MINUTE - Duration::from_millis(1));
    ground.nothing_more().await;
    ground.pass(Duration::from_millis(1));
    let delivery = ground.next().await;
    assert_eq!(due(&delivery), "jobs 2026-11-21T12:00:00Z");
    let event: serde_json::Value = serde_json::from_slice(&delivery.payload).expect("JSON");
    let id = event["id"].as_str().expect("an id");
    assert_eq!(
        event.to_string(),
        format!(
            r#"{{"version":"0","id":"{id}","detail-type":"Scheduled Event","source":"aws.scheduler","account":"000000000000","time":"2026-11-21T12:00:00Z","region":"us-east-1","resources":["arn:aws:scheduler:us-east-1:000000000000:schedule/default/noon"],"detail":"{{}}"}}"#
        )
    );
    ground.until_outgoing(0).await;
    ground.pass(Duration::from_hours(24) - MINUTE);
    ground.nothing_more().await;
    ground.pass(MINUTE);
    assert_eq!(due(&ground.next().await), "jobs 2026-11-22T12:00:00Z");
}

#[tokio::test]
async fn every_target_gets_one() {
    let mut noon = schedule("noon", "cron(0 12 * * ? *)");
    noon.targets.push(queue_target("2", "others"));
    let mut ground = Ground::at("2026-11-21T11:59:59Z", vec![noon.into()]).await;
    ground.pass(Duration::from_secs(1));
    let mut got = [due(&ground.next().await), due(&ground.next().await)];
    got.sort();
    assert_eq!(got, ["jobs 2026-11-21T12:00:00Z", "others 2026-11-21T12:00:00Z"]);
    ground.nothing_more().await;
}

#[tokio::test]
async fn a_rate_runs_at_once_and_goes_on_from_there_after_a_kill() {
    let all = || vec![schedule("often", "rate(5 minutes)").into()];
    let mut ground = Ground::at("2026-11-21T12:00:30Z", all()).await;
    assert_eq!(due(&ground.next().await), "jobs 2026-11-21T12:00:30Z");
    ground.until_outgoing(0).await;
    let mut ground = ground.again_after(Duration::from_mins(2), all()).await;
    ground.nothing_more().await;
    ground.pass(Duration::from_mins(3));
    assert_eq!(due(&ground.next().await), "jobs 2026-11-21T12:05:30Z");
}

#[tokio::test]
async fn ten_minutes_of_downtime_end_as_declared() {
    for (missed, expected) in [
        (Missed::Skip, vec![]),
        (Missed::Once, vec!["12:06"]),
        (Missed::All, vec!["12:00", "12:02", "12:04", "12:06"]),
    ] {
        let mut often = schedule("often", "cron(0/2 11-12 * * ? *)");
        often.missed = missed;
        let all = || vec![Resource::from(often.clone())];
        let mut ground = Ground::at("2026-11-21T11:57:30Z", all()).await;
        ground.pass(MINUTE);
        assert_eq!(due(&ground.next().await), "jobs 2026-11-21T11:58:00Z");
        ground.until_outgoing(0).await;
        let downtime = Duration::from_mins(9) + Duration::from_millis(1);
        let mut ground = ground.again_after(downtime, all()).await;
        for time in expected {
            let expected = format!("jobs 2026-11-21T{time}:00Z");
            assert_eq!(due(&ground.next().await), expected, "{missed:?}");
        }
        ground.nothing_more().await;
        ground.pass(MINUTE);
        assert_eq!(due(&ground.next().await), "jobs 2026-11-21T12:08:00Z", "{missed:?}");
    }
}

#[tokio::test]
async fn clock_changes_skip_and_do_not_repeat() {
    let mut early = schedule("early", "cron(30 2 * * ? *)");
    early.timetable.zone = Zone::named("Europe/Berlin").expect("a zone");
    let days = |all: &Schedule| vec![Resource::from(all.clone())];
    for (start, hours, expected) in [
        ("2026-03-27T12:00:00Z", 72, vec!["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"]),
        ("2026-10-24T12:00:00Z", 48, vec!["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
    ] {
        let mut ground = Ground::at(start, days(&early)).await;
        let mut got = Vec::new();
        for _ in 0..hours * 4 {
            ground.pass(Duration::from_mins(15));
            let now = model::Clock::timestamp(&*ground.clock);
            if expected.iter().any(|due| time(due) == now) {
                got.push(due(&ground.next().await));
            } else {
                ground.nothing_more().await;
            }
        }
        let expected: Vec<String> = expected.iter().map(|due| format!("jobs {due}")).collect();
        assert_eq!(got, expected);
    }
}

#[tokio::test]
async fn what_was_noted_is_delivered_after_a_kill_with_the_same_id() {
    let mut ground = Ground::at("2026-11-21T11:59:00Z", at_noon(Missed::Skip)).await;
    ground.fail_with([unavailable()]);
    ground.pass(MINUTE);
    let before = ground.next().await;
    let mut ground = ground.again_after(Duration::from_mins(30), at_noon(Missed::Skip)).await;
    let after = ground.next().await;
    assert_eq!(after.payload, before.payload, "the same event with the same id");
    ground.until_outgoing(0).await;
    ground.nothing_more().await;
}

#[tokio::test]
async fn a_target_that_fails_is_tried_again_until_the_dead_letters() {
    let mut noon = schedule("noon", "cron(0 12 * * ? *)");
    noon.targets[0].retry.most_attempts = 2;
    noon.targets[0].dead_letters = Some(model::Account::default().arn("sqs", "dead"));
    noon.targets[0].input = TargetInput::Text("{\"n\":<aws.scheduler.attempt-number>}".into());
    let mut ground = Ground::at("2026-11-21T11:59:00Z", vec![noon.into()]).await;
    ground.fail_with([unavailable(), unavailable(), unavailable()]);
    ground.pass(MINUTE);
    for attempt in 1..=3 {
        assert_eq!(ground.next().await.payload, format!("{{\"n\":{attempt}}}"));
        if attempt < 3 {
            ground.until_postponed(attempt).await;
            ground.pass(Duration::from_secs(10));
        }
    }
    let letter = ground.next().await;
    let (name, options) = queue(&letter);
    assert_eq!(name, "dead");
    let said: Vec<String> = options.attributes.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(
        said,
        [
            "ERROR_CODE",
            "ERROR_MESSAGE",
            "SCHEDULE_ARN",
            "TARGET_ARN",
            "RETRY_ATTEMPTS",
            "EXHAUSTED_RETRY_CONDITION",
            "EXECUTION_ID"
        ]
    );
    ground.until_outgoing(0).await;
}

#[tokio::test]
async fn a_schedule_that_runs_once_is_completed() {
    let mut ground = Ground::at("2026-11-21T11:59:00Z", vec![once("once")]).await;
    assert_eq!(ground.completed(), [""; 0]);
    ground.pass(MINUTE);
    assert_eq!(due(&ground.next().await), "jobs 2026-11-21T12:00:00Z");
    ground.until_outgoing(0).await;
    ground.nothing_more().await;
    assert_eq!(ground.completed(), ["schedule default/once"]);
}

fn once(name: &str) -> Resource {
    let mut once = schedule(name, "at(2026-11-21T12:00:00)");
    once.once_only = true;
    once.into()
}

#[tokio::test]
async fn what_has_completed_is_removed_together_and_again_while_it_stays() {
    let both = vec![once("a"), once("b")];
    let mut ground = Ground::at("2026-11-21T12:00:00Z", both.clone()).await;
    let together = "schedule default/a, schedule default/b";
    for _ in 0..2 {
        ground.next().await;
    }
    ground.nothing_more().await;
    assert_eq!(ground.completed(), [together]);
    ground.pass(Duration::from_secs(9));
    ground.nothing_more().await;
    assert_eq!(ground.completed().len(), 1, "it was asked for a moment ago");
    ground.pass(Duration::from_secs(1));
    ground.nothing_more().await;
    assert_eq!(ground.completed(), [together; 2]);
    // As after a kill between the last run and the removal.
    let mut ground = ground.again_after(MINUTE, both).await;
    ground.nothing_more().await;
    assert_eq!(ground.completed(), [together]);
    let mut moved = schedule("a", "at(2026-11-22T12:00:00)");
    moved.once_only = true;
    ground.install(vec![moved.into()]).await;
    ground.pass(MINUTE);
    ground.nothing_more().await;
    assert_eq!(ground.completed(), [together], "its next run is to come");
}

#[tokio::test]
async fn a_flexible_window_delays_within_its_bounds() {
    let mut noon = schedule("noon", "cron(0 12 * * ? *)");
    noon.window = Duration::from_mins(10);
    let mut ground = Ground::at("2026-11-21T11:59:00Z", vec![noon.into()]).await;
    ground.pass(MINUTE);
    ground.until_outgoing(1).await;
    ground.nothing_more().await;
    ground.pass(Duration::from_mins(10));
    assert_eq!(due(&ground.next().await), "jobs 2026-11-21T12:00:00Z");
    ground.nothing_more().await;
}

#[tokio::test]
async fn another_timetable_begins_anew_and_a_disabled_schedule_rests() {
    let mut ground = Ground::at("2026-11-21T11:59:00Z", at_noon(Missed::Once)).await;
    ground.install(vec![schedule("noon", "cron(30 12 * * ? *)").into()]).await;
    ground.pass(Duration::from_mins(2));
    ground.nothing_more().await;
    let mut off = schedule("noon", "cron(30 12 * * ? *)");
    off.enabled = false;
    ground.install(vec![off.into()]).await;
    ground.pass(Duration::from_hours(1));
    ground.install(vec![schedule("noon", "cron(30 12 * * ? *)").into()]).await;
    ground.nothing_more().await;
    ground.pass(Duration::from_hours(24));
    assert_eq!(due(&ground.next().await), "jobs 2026-11-22T12:30:00Z");
}

#[tokio::test]
async fn the_next_five_and_a_run_besides() {
    let mut ground = Ground::at("2026-11-21T11:59:00Z", at_noon(Missed::Once)).await;
    let arn = schedule("noon", "rate(1 day)").arn(&model::Account::default());
    let upcoming = ground.triggers.upcoming(&arn, 5).expect("planned");
    let days: Vec<_> = (21..26).map(|day| time(&format!("2026-11-{day}T12:00:00Z"))).collect();
    assert_eq!(upcoming.next, days);
    ground.triggers.run_now(&arn).await.expect("run");
    assert_eq!(due(&ground.next().await), "jobs 2026-11-21T11:59:00Z");
    ground.pass(MINUTE);
    assert_eq!(due(&ground.next().await), "jobs 2026-11-21T12:00:00Z");
}

#[tokio::test]
async fn while_as_many_events_are_on_their_way_as_can_be_the_others_wait_for_one_of_them() {
    let mut ground = Ground::at("2026-11-21T11:59:00Z", at_noon(Missed::Once)).await;
    let arn = Account::default().arn("scheduler", "schedule/default/noon");
    let pauses = |ground: &Ground| {
        [MOST_DELIVERIES - 1, MOST_DELIVERIES].map(|most| ground.triggers.pause(None, most))
    };
    assert!(pauses(&ground).iter().all(|pause| !pause.is_zero()), "nothing waits");
    ground.triggers.run_now(&arn).await.expect("it runs");
    let [one_more, none] = pauses(&ground);
    assert!(one_more.is_zero());
    assert!(!none.is_zero(), "it would look again and again");
    ground.next().await;
}
