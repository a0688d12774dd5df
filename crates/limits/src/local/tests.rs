use std::future::Future;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use model::{ManualClock, Rate, Rule, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::{Decision, Key, Policy};

mod days;
mod races;
mod reference;

struct Bench {
    limits: Local,
    clock: Arc<ManualClock>,
}

impl Bench {
    fn new() -> Self {
        Self::at(Timestamp(1_790_000_000_000))
    }

    fn at(start: Timestamp) -> Self {
        let clock = Arc::new(ManualClock::at(start));
        let limits = Local::new(Seed::new([1, 2]), ByteSize::kib(64), clock.clone());
        Self { limits, clock }
    }

    fn decide(&self, asks: &[Ask<'_>]) -> Decision {
        now_or_never(self.limits.decide(asks, self.clock.now()))
    }

    fn peek(&self, asks: &[Ask<'_>]) -> Decision {
        now_or_never(self.limits.peek(asks, self.clock.now()))
    }

    fn key(&self, policy: &Policy, caller: &str) -> Key {
        self.limits.seed().key(policy).text(caller.as_bytes()).finish()
    }

    fn admitted(&self, ask: Ask<'_>, tries: usize) -> usize {
        (0..tries).filter(|_| self.decide(&[ask]).is_allowed()).count()
    }
}

fn now_or_never(answer: Answer) -> Decision {
    match pin!(answer).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(decision) => decision,
        Poll::Pending => panic!("a local decision is there at once"),
    }
}

/// Every case that any backend passes.
mod conformance {
    use super::*;
    use crate::Limits;
    use crate::conformance::{Bed, Pending};

    impl Bed for Bench {
        fn limits(&self) -> &dyn Limits {
            &self.limits
        }

        fn now(&self) -> Now {
            self.clock.now()
        }

        fn advance(&self, span: Duration) -> Pending<'_> {
            self.clock.advance(span);
            Box::pin(std::future::ready(()))
        }
    }

    fn at_once(case: Pending<'static>) {
        assert!(pin!(case).poll(&mut Context::from_waker(Waker::noop())).is_ready());
    }

    conformance!(Bench::new, at_once);
}

fn policy(name: &str, permits: u32, seconds: u64, burst: u32) -> Policy {
    let rate = Rate { permits, per: Duration::from_secs(seconds) };
    Policy::new("public", name, Rule::Rate { rate, burst }).expect("policy")
}

#[test]
fn a_policy_compiled_again_counts_on() {
    let bench = Bench::new();
    let before = policy("ip", 1, 60, 5);
    assert_eq!(bench.admitted(Ask::one(&before, bench.key(&before, "alice")), 4), 4);
    let after = policy("ip", 1, 60, 5);
    assert_eq!(bench.admitted(Ask::one(&after, bench.key(&after, "alice")), 4), 1);
}

/// Steps of a caller: wait this long, then ask for one permit.
fn visits() -> impl Strategy<Value = Vec<(u8, u64)>> {
    let wait = prop_oneof![Just(0), 0..50_000_u64, 0..2_000_000_000_u64, 0..20_000_000_000_u64];
    proptest::collection::vec((0..4_u8, wait), 1..200)
}

proptest! {
    /// governor's emission interval is whole nanoseconds, so rates are those that divide a second.
    #[test]
    fn decisions_equal_governor(
        interval in prop_oneof![Just(1_000_u64), Just(33_333), Just(50_000_000), Just(3_000_000_000)],
        burst in 1..40_u32,
        visits in visits(),
    ) {
        use governor::clock::FakeRelativeClock;
        use governor::{Quota, RateLimiter};

        let bench = Bench::new();
        let rate = Rate { permits: 1, per: Duration::from_nanos(interval) };
        let policy = Policy::new("public", "ip", Rule::Rate { rate, burst }).expect("policy");
        let oracle_clock = FakeRelativeClock::default();
        let quota = Quota::with_period(Duration::from_nanos(interval)).expect("period")
            .allow_burst(burst.try_into().expect("burst"));
        let oracle = RateLimiter::dashmap_with_clock(quota, oracle_clock.clone());
        for (caller, wait) in visits {
            bench.clock.advance(Duration::from_nanos(wait));
            oracle_clock.advance(Duration::from_nanos(wait));
            let key = bench.key(&policy, &caller.to_string());
            let ours = bench.decide(&[Ask::one(&policy, key)]);
            match oracle.check_key(&caller) {
                Ok(()) => prop_assert!(ours.is_allowed()),
                Err(not_until) => {
                    let now = governor::clock::Clock::now(&oracle_clock);
                    prop_assert_eq!(ours.retry_after(), Some(not_until.wait_time_from(now)));
                }
            }
        }
    }

    /// Any rate: never more than the bucket law, and what is left is what is then admitted.
    #[test]
    fn admissions_keep_the_bucket_law(
        permits in 1..5_000_u32,
        seconds in prop_oneof![Just(1_u64), Just(60), Just(3600), Just(86400)],
        burst in 1..100_u32,
        visits in visits(),
    ) {
        let bench = Bench::new();
        let policy = policy("ip", permits, seconds, burst);
        let ask = Ask::one(&policy, bench.key(&policy, "alice"));
        let (mut admitted, mut elapsed) = (0_u128, 0_u128);
        for (_, wait) in visits {
            bench.clock.advance(Duration::from_nanos(wait));
            elapsed += u128::from(wait);
            let left = bench.peek(&[ask]).standings()[0].remaining;
            let decision = bench.decide(&[ask]);
            prop_assert_eq!(decision.is_allowed(), left > 0);
            admitted += u128::from(decision.is_allowed());
            let refilled = elapsed * u128::from(permits) / (u128::from(seconds) * 1_000_000_000);
            prop_assert!(admitted <= refilled + u128::from(burst));
        }
        let wait = bench.peek(&[ask.cost(u64::from(burst))]).retry_after().unwrap_or_default();
        bench.clock.advance(wait);
        prop_assert_eq!(bench.admitted(ask, 200), burst as usize);
    }
}
