//! Windows, quotas and concurrency.

use std::time::Duration;

use model::{Period, Rate, Rule, Timestamp, Zone};

use super::bed::{Bench, policy, rate};
use crate::{Ask, Verdict};

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

/// Goes to the beginning of the next window of this length, so that a case knows where it is in one.
async fn align(bench: &Bench, length: Duration) -> Timestamp {
    let length = u64::try_from(length.as_millis()).expect("milliseconds");
    let into = bench.now().timestamp.0 % length;
    bench.advance(Duration::from_millis(length - into)).await;
    bench.now().timestamp
}

pub(super) async fn a_fixed_window_starts_anew(bench: Bench) {
    let policy = policy("window", Rule::FixedWindow { limit: 5, per: MINUTE });
    let ask = Ask::one(&policy, bench.key(&policy, "alice"));
    align(&bench, MINUTE).await;
    bench.advance(Duration::from_secs(20)).await;
    assert_eq!(bench.admitted(ask, 10).await, 5);
    let denied = bench.decide(&[ask]).await;
    assert_eq!(denied.retry_after(), Some(Duration::from_secs(40)));
    assert_eq!(denied.standings()[0].full_in(), Duration::from_secs(40));
    bench.advance(Duration::from_millis(39_999)).await;
    assert_eq!(bench.admitted(ask, 1).await, 0);
    bench.advance(Duration::from_millis(1)).await;
    assert_eq!(bench.admitted(ask, 10).await, 5);
}

pub(super) async fn a_sliding_window_counts_part_of_the_one_before(bench: Bench) {
    let policy = policy("window", Rule::SlidingWindow { limit: 60, per: MINUTE });
    let ask = Ask::one(&policy, bench.key(&policy, "alice"));
    align(&bench, MINUTE).await;
    assert_eq!(bench.admitted(ask, 100).await, 60);
    let denied = bench.decide(&[ask]).await;
    // At the border all sixty count still; a second later one has come back.
    assert_eq!(denied.retry_after(), Some(Duration::from_secs(61)));
    bench.advance(MINUTE).await;
    assert_eq!(bench.admitted(ask, 1).await, 0);
    bench.advance(Duration::from_secs(15)).await;
    assert_eq!(bench.admitted(ask, 100).await, 15);
    bench.advance(Duration::from_secs(30)).await;
    assert_eq!(bench.admitted(ask, 100).await, 30);
    bench.advance(MINUTE * 2).await;
    assert_eq!(bench.admitted(ask, 100).await, 60);
}

pub(super) async fn a_quota_starts_anew_at_midnight_of_its_zone(bench: Bench) {
    let zone = Zone::named("Asia/Kolkata").expect("zone");
    let policy =
        policy("daily", Rule::Quota { limit: 10, period: Period::Day, zone: zone.clone() });
    let ask = Ask::one(&policy, bench.key(&policy, "alice"));
    let day = Period::Day.window(&zone, bench.now().timestamp).expect("a day");
    assert!(bench.decide(&[ask.cost(7)]).await.is_allowed());
    let denied = bench.decide(&[ask.cost(4)]).await;
    assert_eq!(denied.standings()[0].remaining, 3);
    assert_eq!(denied.retry_after(), Some(day.end.since(bench.now().timestamp)));
    bench.advance(day.end.since(bench.now().timestamp) - Duration::from_millis(1)).await;
    assert!(!bench.decide(&[ask.cost(4)]).await.is_allowed());
    bench.advance(Duration::from_millis(1)).await;
    assert!(bench.decide(&[ask.cost(10)]).await.is_allowed());
    assert!(!bench.decide(&[ask]).await.is_allowed());
}

pub(super) async fn a_rolling_quota_holds_over_any_span(bench: Bench) {
    const HOUR: Duration = Duration::from_hours(1);
    let period = Period::Rolling(Duration::from_hours(24));
    let policy = policy("rolling", Rule::Quota { limit: 10, period, zone: Zone::UTC });
    let ask = Ask::one(&policy, bench.key(&policy, "alice"));
    align(&bench, HOUR).await;
    assert!(bench.decide(&[ask.cost(4)]).await.is_allowed());
    bench.advance(HOUR * 12).await;
    assert!(bench.decide(&[ask.cost(6)]).await.is_allowed());
    // The first four come back when the hour they were taken in is a day ago.
    let denied = bench.decide(&[ask.cost(4)]).await;
    assert_eq!(denied.retry_after(), Some(HOUR * 13));
    assert_eq!(denied.standings()[0].full_in(), HOUR * 25);
    bench.advance(HOUR * 13 - Duration::from_millis(1)).await;
    assert!(!bench.decide(&[ask]).await.is_allowed());
    bench.advance(Duration::from_millis(1)).await;
    assert_eq!(bench.admitted(ask, 10).await, 4);
    bench.advance(HOUR * 12).await;
    assert_eq!(bench.admitted(ask, 10).await, 6);
}

pub(super) async fn slots_are_held_until_given_back(bench: Bench) {
    let policy = policy("slots", Rule::Concurrency { slots: 3 });
    let ask = Ask::one(&policy, bench.key(&policy, "alice"));
    let taken = bench.now();
    assert_eq!(bench.admitted(ask, 5).await, 3);
    let denied = bench.decide(&[ask]).await;
    assert_eq!(denied.standings()[0].verdict(), Verdict::Exhausted);
    assert_eq!(denied.retry_after(), Some(Duration::ZERO), "nobody knows");
    bench.limits().refund(&[ask], taken, bench.now());
    assert_eq!(bench.admitted(ask, 2).await, 1);
    // A reset gives nobody's slot away.
    bench.limits().reset(&ask, bench.now()).await.expect("reset");
    assert_eq!(bench.remaining(ask).await, 0);
    bench.limits().refund(&[ask.cost(3)], taken, bench.now());
    assert_eq!(bench.remaining(ask).await, 3);
}

pub(super) async fn a_refund_of_a_window_that_is_over_gives_nothing(bench: Bench) {
    let policy = policy("window", Rule::FixedWindow { limit: 5, per: MINUTE });
    let ask = Ask::one(&policy, bench.key(&policy, "alice"));
    align(&bench, MINUTE).await;
    let taken = bench.now();
    assert_eq!(bench.admitted(ask, 5).await, 5);
    bench.limits().refund(&[ask.cost(2)], taken, bench.now());
    assert_eq!(bench.remaining(ask).await, 2);
    bench.advance(MINUTE).await;
    assert_eq!(bench.admitted(ask, 3).await, 3);
    bench.limits().refund(&[ask.cost(3)], taken, bench.now());
    assert_eq!(bench.remaining(ask).await, 2);
}

pub(super) async fn a_cost_settled_later_overdraws_a_quota(bench: Bench) {
    let quota = Rule::Quota { limit: 10, period: Period::Month, zone: Zone::UTC };
    let policy = policy("monthly", quota);
    let ask = Ask::one(&policy, bench.key(&policy, "alice")).named(&"alice");
    let taken = bench.now();
    assert!(bench.decide(&[ask]).await.is_allowed());
    bench.limits().settle(&ask, 14, taken, bench.now());
    let entry = bench.inspect(&crate::Look::default()).await.remove(0);
    assert_eq!((entry.used, entry.remaining), (15, 0));
    bench.limits().settle(&ask, -6, taken, bench.now());
    assert_eq!(bench.remaining(ask).await, 1);
}

/// Of slots nothing: they are in use until they are given back.
pub(super) async fn what_a_key_has_used_is_lowered_and_never_raised(bench: Bench) {
    let rate = Rate { permits: 1, per: DAY };
    let quota = |period| Rule::Quota { limit: 10, period, zone: Zone::UTC };
    let rules = [
        quota(Period::Month),
        quota(Period::Rolling(DAY)),
        Rule::FixedWindow { limit: 10, per: DAY },
        Rule::SlidingWindow { limit: 10, per: DAY },
        Rule::Rate { rate, burst: 10 },
    ];
    for (at, rule) in rules.into_iter().enumerate() {
        let policy = policy(&format!("limit {at}"), rule);
        let ask = Ask::one(&policy, bench.key(&policy, "alice"));
        let now = bench.now();
        assert_eq!(bench.admitted(ask, 12).await, 10);
        bench.limits().settle(&ask, 50, now, now);
        for (used, left) in [(9, 1), (10, 1), (60, 1), (4, 6), (0, 10)] {
            bench.limits().lower(&ask, used, bench.now()).await.expect("lowered");
            assert_eq!(bench.remaining(ask).await, left, "{used} used of limit {at}");
        }
    }
    let policy = policy("slots", Rule::Concurrency { slots: 3 });
    let ask = Ask::one(&policy, bench.key(&policy, "alice"));
    assert_eq!(bench.admitted(ask, 5).await, 3);
    bench.limits().lower(&ask, 1, bench.now()).await.expect("lowered");
    assert_eq!(bench.remaining(ask).await, 0);
}

/// Kinds together: what one denies leaves the others untouched.
pub(super) async fn mixed_kinds_are_debited_together_or_not_at_all(bench: Bench) {
    let survey = policy("survey", Rule::Quota { limit: 10, period: Period::Day, zone: Zone::UTC });
    let interview = rate("interview", 1, 60, 3);
    let attachment = policy("attachment", Rule::Concurrency { slots: 2 });
    let asks = [
        Ask::one(&survey, bench.key(&survey, "s")),
        Ask::one(&interview, bench.key(&interview, "i")),
        Ask::one(&attachment, bench.key(&attachment, "a")),
    ];
    let mut verdicts = Vec::new();
    for _ in 0..5 {
        verdicts.push(bench.decide(&asks).await.violated().collect::<Vec<_>>());
    }
    assert_eq!(verdicts, [vec![], vec![], vec![2], vec![2], vec![2]]);
    let now = bench.now();
    bench.limits().refund(&asks[2..], now, now);
    assert!(bench.decide(&asks).await.is_allowed());
    let denied = bench.decide(&asks).await;
    assert_eq!(denied.violated().collect::<Vec<_>>(), [1, 2]);
    assert_eq!(denied.denied_by(), Some(1), "the one that frees last");
    let left = bench.peek(&asks).await;
    let left: Vec<_> = left.standings().iter().map(|standing| standing.remaining).collect();
    assert_eq!(left, [7, 0, 0]);
}

/// A changed limit counts against what was used, and the same limit counts on.
pub(super) async fn a_raised_quota_counts_on(bench: Bench) {
    let quota =
        |limit| policy("daily", Rule::Quota { limit, period: Period::Day, zone: Zone::UTC });
    let (before, after) = (quota(5), quota(8));
    let ask = Ask::one(&before, bench.key(&before, "alice"));
    assert_eq!(bench.admitted(ask, 10).await, 5);
    let ask = Ask::one(&after, bench.key(&after, "alice"));
    assert_eq!(bench.admitted(ask, 10).await, 3);
}
