//! A clock that is wrong for a while.

use std::time::Duration;

use model::{DeliverError, Missed};

use super::ground::{Ground, at_noon, due};

#[tokio::test]
async fn a_clock_that_was_years_ahead_once_silences_nothing() {
    let mut ground = Ground::at("2026-11-21T11:59:00Z", at_noon(Missed::Once)).await;
    ground.set("2036-11-21T12:00:00Z");
    assert_eq!(due(&ground.next().await), "jobs 2036-11-21T12:00:00Z");
    ground.until_outgoing(0).await;
    ground.set("2026-11-21T11:59:30Z");
    ground.nothing_more().await;
    ground.pass(Duration::from_secs(30));
    assert_eq!(due(&ground.next().await), "jobs 2026-11-21T12:00:00Z");
    ground.until_outgoing(0).await;
    ground.set("2036-11-21T12:00:00Z");
    ground.nothing_more().await;
}

#[tokio::test]
async fn nor_when_it_was_set_back_while_the_server_was_down() {
    let mut ground = Ground::at("2026-11-21T11:59:00Z", at_noon(Missed::Once)).await;
    ground.set("2036-11-21T12:00:00Z");
    assert_eq!(due(&ground.next().await), "jobs 2036-11-21T12:00:00Z");
    ground.until_outgoing(0).await;
    ground.set("2026-11-21T11:59:30Z");
    let mut ground = ground.again_after(Duration::from_secs(30), at_noon(Missed::Once)).await;
    ground.nothing_more().await;
    ground.pass(Duration::from_hours(24));
    assert_eq!(due(&ground.next().await), "jobs 2026-11-22T12:00:00Z");
}

#[tokio::test]
async fn what_waits_for_another_attempt_does_not_wait_for_years() {
    let mut ground = Ground::at("2026-11-21T11:59:00Z", at_noon(Missed::Once)).await;
    ground.fail_with([DeliverError::Unavailable("not now".to_owned())]);
    ground.set("2036-11-21T12:00:00Z");
    ground.next().await;
    ground.until_postponed(1).await;
    ground.set("2026-11-21T11:59:30Z");
    assert_eq!(due(&ground.next().await), "jobs 2036-11-21T12:00:00Z");
    ground.until_outgoing(0).await;
}

#[tokio::test]
async fn a_clock_that_is_behind_for_a_while_has_nothing_run_again() {
    let mut ground = Ground::at("2026-11-01T12:30:00Z", at_noon(Missed::All)).await;
    ground.set("2026-11-02T12:00:00Z");
    assert_eq!(due(&ground.next().await), "jobs 2026-11-02T12:00:00Z");
    for wrong in ["2026-11-02T11:59:00Z", "2026-11-01T11:00:00Z", "1970-01-01T00:00:00Z"] {
        ground.until_outgoing(0).await;
        ground.set(wrong);
        ground.nothing_more().await;
        ground.set("2026-11-02T12:30:00Z");
        ground.nothing_more().await;
    }
    ground.set("2026-11-03T12:00:00Z");
    assert_eq!(due(&ground.next().await), "jobs 2026-11-03T12:00:00Z");
    ground.nothing_more().await;
}
