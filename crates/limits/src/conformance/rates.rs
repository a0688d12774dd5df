//! Rates, and what holds for every kind.

use std::time::Duration;

use super::bed::{Bench, policy, rate};
use crate::{Ask, Look, Policy, Standing, Verdict};

pub(super) async fn a_burst_passes_and_the_rate_refills_it(bench: Bench) {
    let policy = rate("ip", 20, 60, 20);
    let ask = Ask::one(&policy, bench.key(&policy, "alice"));
    assert_eq!(bench.admitted(ask, 100).await, 20);

    let denied = bench.decide(&[ask]).await;
    assert_eq!(denied.denied_by(), Some(0));
    let wait = denied.retry_after().expect("a wait");
    assert!(bench.is_about(wait, Duration::from_secs(3)), "{wait:?}");
    assert_eq!(denied.standings()[0].remaining, 0);
    let full_in = denied.standings()[0].full_in();
    assert!(bench.is_about(full_in, Duration::from_secs(60)), "{full_in:?}");

    bench.advance(bench.before(Duration::from_secs(3))).await;
    assert_eq!(bench.admitted(ask, 1).await, 0);
    bench.advance(Duration::from_secs(3) - bench.before(Duration::from_secs(3))).await;
    assert_eq!(bench.admitted(ask, 2).await, 1);
    bench.advance(Duration::from_secs(30)).await;
    assert_eq!(bench.admitted(ask, 20).await, 10);
    bench.advance(Duration::from_hours(5)).await;
    assert_eq!(bench.admitted(ask, 100).await, 20);
}

pub(super) async fn standings_say_what_is_left(bench: Bench) {
    let policy = rate("ip", 1, 1, 3);
    let ask = Ask::one(&policy, bench.key(&policy, "alice"));
    let fresh = bench.peek(&[ask]).await.standings()[0];
    assert_eq!((fresh.remaining, fresh.more_in()), (3, Duration::ZERO));
    bench.decide(&[ask]).await;
    bench.advance(Duration::from_millis(400)).await;
    let after = bench.decide(&[ask]).await.standings()[0];
    assert_eq!(after.remaining, 1);
    assert!(bench.is_about(after.more_in(), Duration::from_millis(600)));
    assert!(bench.is_about(after.full_in(), Duration::from_millis(1600)));
}

/// Two levels: what the lower denies must leave the upper untouched for its siblings.
pub(super) async fn a_denial_debits_nothing_and_names_its_policy(bench: Bench) {
    let (parent, child) = (rate("survey", 10, 1, 10), rate("interview", 3, 1, 3));
    let ask = |name| {
        [Ask::one(&parent, bench.key(&parent, "survey")), Ask::one(&child, bench.key(&child, name))]
    };
    let mut verdicts = Vec::new();
    for _ in 0..6 {
        verdicts.push(bench.decide(&ask("first")).await.denied_by());
    }
    assert_eq!(verdicts, [None, None, None, Some(1), Some(1), Some(1)]);
    assert_eq!(bench.remaining(ask("second")[0]).await, 7);
    assert_eq!(bench.admitted(ask("second")[0], 20).await, 7);
    // Both deny now: every one is named, first the one that frees last.
    let both = bench.decide(&ask("first")).await;
    assert!(both.standings().iter().all(Standing::is_violated));
    assert_eq!(both.violated().collect::<Vec<_>>(), [0, 1]);
    assert_eq!(both.denied_by(), Some(1));
}

pub(super) async fn one_key_asked_twice_takes_both_permits_or_none(bench: Bench) {
    let policy = rate("ip", 1, 1, 3);
    let ask = Ask::one(&policy, bench.key(&policy, "alice"));
    assert!(bench.decide(&[ask, ask]).await.is_allowed());
    assert!(!bench.decide(&[ask, ask]).await.is_allowed());
    assert_eq!(bench.remaining(ask).await, 1);
}

pub(super) async fn a_cost_above_the_limit_is_denied_and_no_cost_is_not(bench: Bench) {
    let policy = rate("ip", 1, 1, 3);
    let ask = Ask::one(&policy, bench.key(&policy, "alice"));
    assert!(!bench.decide(&[ask.cost(4)]).await.is_allowed());
    assert!(bench.decide(&[ask.cost(3)]).await.is_allowed());
    assert!(bench.decide(&[ask.cost(0)]).await.is_allowed());
    assert!(!bench.decide(&[ask]).await.is_allowed());
}

pub(super) async fn a_request_without_limits_is_allowed(bench: Bench) {
    assert!(bench.decide(&[]).await.is_allowed());
}

pub(super) async fn a_refund_fills_up_to_full(bench: Bench) {
    let policy = rate("ip", 1, 10, 5);
    let ask = Ask::one(&policy, bench.key(&policy, "alice"));
    let taken = bench.now();
    assert_eq!(bench.admitted(ask, 5).await, 5);
    bench.limits().refund(&[ask.cost(2)], taken, bench.now());
    assert_eq!(bench.remaining(ask).await, 2);
    bench.limits().refund(&[ask.cost(100)], taken, bench.now());
    assert_eq!(bench.remaining(ask).await, 5);
    assert_eq!(bench.admitted(ask, 10).await, 5);
}

pub(super) async fn a_cost_settled_later_makes_the_next_caller_wait(bench: Bench) {
    let policy = rate("ip", 1, 1, 5);
    let ask = Ask::one(&policy, bench.key(&policy, "alice"));
    let taken = bench.now();
    assert!(bench.decide(&[ask]).await.is_allowed());
    bench.limits().settle(&ask, 6, taken, bench.now());
    let denied = bench.decide(&[ask]).await;
    let wait = denied.retry_after().expect("a wait");
    assert!(bench.is_about(wait, Duration::from_secs(3)), "{wait:?}");
    assert_eq!(denied.standings()[0].remaining, 0);
    bench.limits().settle(&ask, -4, taken, bench.now());
    assert_eq!(bench.remaining(ask).await, 2);
}

pub(super) async fn whatever_a_cost_settled_later_says_a_key_owes_two_years_at_most(bench: Bench) {
    const TWO_YEARS: Duration = Duration::from_hours(2 * 366 * 24);
    let policies = [rate("even", 20, 60, 100), rate("uneven", 7, 60, 100)];
    for policy in &policies {
        let ask = Ask::one(policy, bench.key(policy, "alice"));
        let taken = bench.now();
        assert!(bench.decide(&[ask]).await.is_allowed());
        for extra in [200_000_000, 1, i64::MAX] {
            bench.limits().settle(&ask, extra, taken, bench.now());
            let standing = bench.peek(&[ask]).await.standings()[0];
            assert_eq!(standing.degraded(), None);
            assert_eq!(standing.verdict(), Verdict::Exhausted);
            assert!(bench.is_about(standing.full_in(), TWO_YEARS), "{:?}", standing.full_in());
        }
        let other = Ask::one(policy, bench.key(policy, "bob"));
        assert!(bench.decide(&[other]).await.is_allowed());
    }
}

pub(super) async fn a_pause_without_end_is_one(bench: Bench) {
    let policy = rate("ip", 1, 1, 5);
    let ask = Ask::one(&policy, bench.key(&policy, "alice"));
    let end = model::Timestamp(u64::MAX);
    bench.limits().pause(&ask, end, bench.now()).await.expect("paused");
    bench.advance(Duration::from_hours(366 * 24)).await;
    let denied = bench.decide(&[ask]).await;
    assert_eq!(denied.standings()[0].verdict(), Verdict::Paused);
    assert_eq!(denied.standings()[0].degraded(), None);
    bench.limits().resume(&ask, bench.now()).await.expect("resumed");
    assert!(bench.decide(&[ask]).await.is_allowed());
}

pub(super) async fn a_paused_key_is_denied_until_it_is_over(bench: Bench) {
    let policy = rate("ip", 1, 1, 5);
    let (alice, bob) = (bench.key(&policy, "alice"), bench.key(&policy, "bob"));
    let (ask, other) = (Ask::one(&policy, alice), Ask::one(&policy, bob));
    let start = bench.now().timestamp;
    let pause =
        |seconds| bench.limits().pause(&ask, start.plus(Duration::from_secs(seconds)), bench.now());
    pause(60).await.expect("paused");
    // The later of two holds.
    pause(30).await.expect("paused");
    let denied = bench.decide(&[ask]).await;
    assert_eq!(denied.standings()[0].verdict(), Verdict::Paused);
    assert_eq!(denied.standings()[0].remaining, 5);
    assert_eq!(denied.retry_after(), Some(Duration::from_secs(60)));
    // Who asks for both gets neither.
    assert!(!bench.decide(&[other, ask]).await.is_allowed());
    assert_eq!(bench.remaining(other).await, 5);
    bench.advance(Duration::from_secs(60)).await;
    assert!(bench.decide(&[ask]).await.is_allowed());

    let end = bench.now().timestamp.plus(Duration::from_secs(60));
    bench.limits().pause(&ask, end, bench.now()).await.expect("paused");
    bench.limits().resume(&ask, bench.now()).await.expect("resumed");
    assert!(bench.decide(&[ask]).await.is_allowed());
}

pub(super) async fn a_pause_outlives_a_change_of_its_rule(bench: Bench) {
    let before = rate("ip", 1, 60, 5);
    let alice = Ask::one(&before, bench.key(&before, "alice")).named(&"alice");
    let end = bench.now().timestamp.plus(Duration::from_secs(60));
    bench.limits().pause(&alice, end, bench.now()).await.expect("paused");
    let carry = async |policies: &[&Policy]| {
        let in_force = policies.iter().map(|&policy| policy.clone()).collect();
        bench.limits().carry_pauses(&in_force, bench.now()).await.expect("carried");
    };
    // As long as it holds, nothing changes.
    let (after, other) = (rate("ip", 100, 1, 7), rate("route", 1, 60, 5));
    carry(&[&before, &after]).await;
    assert!(bench.decide(&[Ask::one(&after, bench.key(&after, "alice"))]).await.is_allowed());
    carry(&[&after, &other]).await;
    for (caller, is_paused) in [("alice", true), ("bob", false)] {
        let decision = bench.decide(&[Ask::one(&after, bench.key(&after, caller))]).await;
        assert_eq!(decision.standings()[0].verdict() == Verdict::Paused, is_paused, "{caller}");
        assert!(bench.decide(&[Ask::one(&other, bench.key(&other, caller))]).await.is_allowed());
    }
    let look = Look { in_force: Some([after.clone()].into_iter().collect()), ..Look::default() };
    let shown = bench.inspect(&look).await;
    let paused = shown.iter().find(|entry| entry.paused_until == Some(end)).expect("it is shown");
    assert_eq!(&*paused.name.text, "alice");
    bench.limits().resume(&paused.ask(), bench.now()).await.expect("resumed");
    assert!(bench.decide(&[Ask::one(&after, paused.key)]).await.is_allowed());
}

pub(super) async fn a_reset_key_is_full(bench: Bench) {
    let policy = rate("ip", 1, 60, 5);
    let ask = Ask::one(&policy, bench.key(&policy, "alice"));
    assert_eq!(bench.admitted(ask, 4).await, 4);
    bench.limits().reset(&ask, bench.now()).await.expect("reset");
    assert_eq!(bench.admitted(ask, 10).await, 5);
}

pub(super) async fn a_named_key_is_found(bench: Bench) {
    let policy = rate("ip", 1, 60, 4);
    let names = ["public/alice", "public/bob", "admin/carol"];
    for (name, times) in names.iter().zip([1, 3, 4]) {
        let ask = Ask::one(&policy, bench.key(&policy, name)).named(name);
        assert_eq!(bench.admitted(ask, times).await, times);
    }
    let named = |entries: Vec<crate::Entry>| -> Vec<(String, u64, u64)> {
        entries
            .into_iter()
            .map(|entry| (entry.name.text.to_string(), entry.used, entry.remaining))
            .collect()
    };
    let all = named(bench.inspect(&Look::default()).await);
    assert_eq!(
        all,
        [
            ("admin/carol".to_owned(), 4, 0),
            ("public/bob".to_owned(), 3, 1),
            ("public/alice".to_owned(), 1, 3)
        ]
    );
    let near = Look { prefix: "public/".to_owned(), near: 0.5, ..Look::default() };
    assert_eq!(named(bench.inspect(&near).await), [("public/bob".to_owned(), 3, 1)]);
    let top = Look { top: Some(1), ..Look::default() };
    let first = bench.inspect(&top).await.remove(0);
    assert!(first.is_throttled());
    bench.limits().reset(&first.ask(), bench.now()).await.expect("reset");
    assert_eq!(bench.inspect(&Look::default()).await.len(), 2);
}

pub(super) async fn a_key_is_shown_under_the_limit_that_holds_now(bench: Bench) {
    let quota = |limit| {
        let period = model::Period::Rolling(Duration::from_hours(1));
        policy("quota", model::Rule::Quota { limit, period, zone: model::Zone::UTC })
    };
    let (former, present, gone) = (quota(5), quota(7), rate("gone", 1, 60, 4));
    for policy in [&former, &gone] {
        let ask = Ask::one(policy, bench.key(policy, "alice")).named(&"alice");
        assert_eq!(bench.admitted(ask, 3).await, 3);
    }
    let look = Look { in_force: Some([present].into_iter().collect()), ..Look::default() };
    let shown: Vec<_> = bench.inspect(&look).await;
    let shown: Vec<_> =
        shown.iter().map(|e| (e.policy.name(), e.used, e.limit, e.remaining)).collect();
    assert_eq!(shown, [("quota", 3, 7, 4)]);
}

pub(super) async fn a_key_that_has_all_again_is_known(bench: Bench) {
    let policy = rate("ip", 1, 60, 4);
    let ask = Ask::one(&policy, bench.key(&policy, "alice")).named(&"alice");
    assert_eq!(bench.admitted(ask, 1).await, 1);
    bench.limits().reset(&ask, bench.now()).await.expect("reset");
    assert_eq!(bench.inspect(&Look::default()).await, []);
    let look = Look { with_idle: true, ..Look::default() };
    assert_eq!(bench.inspect(&look).await.remove(0).name.text.as_ref(), "alice");
}
