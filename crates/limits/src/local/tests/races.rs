//! Threads that ask for the same keys at once.

use std::sync::Barrier;
use std::sync::atomic::AtomicU64;

use model::{Period, Zone};

use super::*;
use crate::Permit;

fn rule(name: &str, rule: Rule) -> Policy {
    Policy::new("public", name, rule).expect("policy")
}

/// Threads take from one parent through children that together have more: whoever loses the race for
/// the last permits gives back what it took, so parent and children agree in the end.
fn no_permit_burns(parent: &Policy, child: &Policy) {
    let bench = Bench::new();
    let names = ["a", "b", "c", "d"];
    let ask = |name: &str| {
        [Ask::one(child, bench.key(child, name)), Ask::one(parent, bench.key(parent, "survey"))]
    };
    let admitted = AtomicU64::new(0);
    let drain = |name| {
        while bench.decide(&ask(name)).is_allowed() {
            admitted.fetch_add(1, Ordering::Relaxed);
        }
    };
    thread::scope(|scope| {
        for name in names {
            let drain = &drain;
            scope.spawn(move || drain(name));
        }
    });
    // A thread may have been turned away by a permit that was on its way back.
    names.iter().for_each(|name| drain(name));
    assert_eq!(admitted.load(Ordering::Relaxed), 1000);
    let left = names.map(|name| bench.peek(&ask(name)[..1]).standings()[0].remaining);
    assert_eq!(left.iter().sum::<u64>(), 200);
}

#[test]
fn a_race_for_the_last_permit_burns_none() {
    let kinds = |limit: u32| {
        let (wide, zone) = (u64::from(limit), Zone::UTC);
        let rolling = Period::Rolling(Duration::from_hours(24));
        [
            policy("rate", 1, 1, limit),
            rule("day", Rule::Quota { limit: wide, period: Period::Day, zone: zone.clone() }),
            rule("rolling", Rule::Quota { limit: wide, period: rolling, zone }),
            rule("fixed", Rule::FixedWindow { limit: wide, per: Duration::from_mins(1) }),
            rule("sliding", Rule::SlidingWindow { limit: wide, per: Duration::from_mins(1) }),
            rule("slots", Rule::Concurrency { slots: limit }),
        ]
    };
    for parent in &kinds(1000) {
        for child in &kinds(300) {
            no_permit_burns(parent, child);
        }
    }
}

/// Two counts of a request may share a lock, and requests may have theirs in another order than others: nobody
/// waits for ever, and both counts are exact.
#[test]
fn counts_of_one_table_are_exact_in_any_order() {
    const CALLERS: u64 = 600;
    const LIMIT: u64 = 3;
    let bench = Bench::new();
    let window = Rule::FixedWindow { limit: LIMIT, per: Duration::from_mins(1) };
    let policies = ["one", "other"].map(|name| rule(name, window.clone()));
    let asks = |caller: u64| {
        policies.each_ref().map(|policy| Ask::one(policy, bench.key(policy, &caller.to_string())))
    };
    let admitted = AtomicU64::new(0);
    let decide = |asks: &[Ask<'_>]| {
        admitted.fetch_add(u64::from(bench.decide(asks).is_allowed()), Ordering::Relaxed);
    };
    thread::scope(|scope| {
        scope.spawn(|| (0..CALLERS).for_each(|caller| decide(&asks(caller))));
        scope.spawn(|| {
            for caller in 0..CALLERS {
                let [one, other] = asks(caller);
                decide(&[other, one]);
            }
        });
    });
    (0..CALLERS).for_each(|caller| (0..=LIMIT).for_each(|_| decide(&asks(caller))));
    assert_eq!(admitted.load(Ordering::Relaxed), CALLERS * LIMIT);
}

/// However threads take and drop permits, no more than the slots are held at a time, and all are free
/// in the end.
#[test]
fn slots_are_never_held_by_more_and_all_come_back() {
    const SLOTS: u32 = 3;
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp(1_790_000_000_000)));
    let limits = Local::new(Seed::new([1, 2]), ByteSize::kib(64), Arc::clone(&clock));
    let limits: Arc<dyn Limits> = Arc::new(limits);
    let slots = rule("slots", Rule::Concurrency { slots: SLOTS });
    let rate = policy("rate", 1, 1, 2_000);
    let asks =
        || [&slots, &rate].map(|policy| Ask::one(policy, limits.seed().key(policy).finish()));
    let (held, admitted) = (AtomicU64::new(0), AtomicU64::new(0));
    let barrier = Barrier::new(4);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let asks = asks();
                barrier.wait();
                for _ in 0..2_000 {
                    let now = clock.now();
                    if !now_or_never(limits.decide(&asks, now)).is_allowed() {
                        continue;
                    }
                    let permit = Permit::of(&limits, &clock, &asks, now);
                    admitted.fetch_add(1, Ordering::Relaxed);
                    let others = held.fetch_add(1, Ordering::SeqCst);
                    assert!(others < u64::from(SLOTS), "{others} others hold a slot");
                    thread::yield_now();
                    held.fetch_sub(1, Ordering::SeqCst);
                    drop(permit);
                }
            });
        }
    });
    let left = now_or_never(limits.peek(&asks(), clock.now()));
    assert_eq!(left.standings()[0].remaining, u64::from(SLOTS));
    let admitted = admitted.load(Ordering::Relaxed);
    assert_eq!(left.standings()[1].remaining, 2_000 - admitted, "denials debited nothing");
}

#[test]
fn a_permit_is_for_slots_alone() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp(0)));
    let limits = Local::new(Seed::new([1, 2]), ByteSize::kib(64), Arc::clone(&clock));
    let limits: Arc<dyn Limits> = Arc::new(limits);
    let rate = policy("rate", 1, 1, 1);
    let asks = [Ask::one(&rate, limits.seed().key(&rate).finish())];
    assert!(Permit::of(&limits, &clock, &asks, clock.now()).is_none());
}
