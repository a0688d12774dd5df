//! What is measured: our table, a held lease, and what others would use.

use std::hint::black_box;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use governor::clock::QuantaClock;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use limits::leased::{Grant, Leased, Receipt};
use limits::{Answer, Ask, Key, Limits, Local, Permit, Policy, Seed};
use model::{ByteSize, Clock, Mode, Now, Period, Rate, Rule, SystemClock, Zone};

pub(crate) trait Engine: Sync {
    /// Decides one request of this caller.
    fn decide(&self, caller: u64);

    /// Before each round.
    fn refill(&self) {}
}

/// 100 permits a second: a year's refill bounds the burst, and 2^30 stay below it.
fn policy(burst: u32) -> Policy {
    let rate = Rate { permits: 100, per: Duration::from_secs(1) };
    Policy::new("bench", "rate", Rule::Rate { rate, burst }).expect("policy")
}

fn key(number: u64) -> Key {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Key::from_hash((mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93))
}

/// What a round costs besides decisions: a caller is drawn and its key made.
pub(crate) struct Nothing;

impl Engine for Nothing {
    fn decide(&self, caller: u64) {
        black_box(key(caller));
    }
}

/// Limits in memory, `ASKS` for each request.
pub(crate) struct InTable<const ASKS: usize> {
    limits: Local,
    policy: Policy,
    now: Now,
}

impl<const ASKS: usize> InTable<ASKS> {
    pub(crate) fn new(burst: u32, budget: ByteSize) -> Self {
        let clock = Arc::new(SystemClock::start());
        let now = clock.now();
        let limits = Local::new(Seed::new([3, 5]), budget, clock);
        Self { limits, policy: policy(burst), now }
    }

    pub(crate) fn evictions(&self) -> u64 {
        self.limits.usage().rates.evictions
    }
}

impl<const ASKS: usize> Engine for InTable<ASKS> {
    fn decide(&self, caller: u64) {
        let ask = |index| Ask::one(&self.policy, key(caller * 8 + index as u64));
        let asks: [_; ASKS] = std::array::from_fn(ask);
        let answer = self.limits.decide(black_box(&asks), self.now);
        let Answer::Now(decision) = &answer else {
            unreachable!("a local decision is there at once")
        };
        black_box(decision.is_allowed());
    }
}

/// Each kind of limit once: a rate, a calendar and a rolling quota, a sliding window, and a slot, which is
/// given back.
pub(crate) struct Mixed {
    limits: Arc<dyn Limits>,
    clock: Arc<dyn Clock>,
    policies: [Policy; 5],
    now: Now,
}

impl Mixed {
    pub(crate) fn new() -> Self {
        const LIMIT: u64 = 1 << 31;
        let day = Duration::from_hours(24);
        let quota = |period| Rule::Quota { limit: LIMIT, period, zone: Zone::UTC };
        let rules = [
            Rule::Rate { rate: Rate { permits: 100, per: Duration::from_secs(1) }, burst: 1 << 30 },
            quota(Period::Day),
            quota(Period::Rolling(day)),
            Rule::SlidingWindow { limit: LIMIT, per: day },
            Rule::Concurrency { slots: 1_000 },
        ];
        let policies = rules.map(|rule| Policy::new("bench", "mixed", rule).expect("policy"));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::start());
        let limits = Arc::new(Local::new(Seed::new([3, 5]), ByteSize::mib(32), Arc::clone(&clock)));
        Self { limits, now: clock.now(), clock, policies }
    }
}

impl Engine for Mixed {
    fn decide(&self, caller: u64) {
        let ask = |index| Ask::one(&self.policies[index], key(caller * 8 + index as u64));
        let asks: [_; 5] = std::array::from_fn(ask);
        let answer = self.limits.decide(black_box(&asks), self.now);
        let Answer::Now(decision) = &answer else {
            unreachable!("a local decision is there at once")
        };
        black_box(decision.is_allowed());
        drop(Permit::of(&self.limits, &self.clock, &asks, self.now));
    }
}

/// `MANY` requests at a time, of callers that one number stands for.
pub(crate) struct Batched<'a, const MANY: usize>(pub(crate) &'a InTable<1>);

impl<const MANY: usize> Engine for Batched<'_, MANY> {
    fn decide(&self, caller: u64) {
        let InTable { limits, policy, now, .. } = self.0;
        let asks: [Ask<'_>; MANY] = std::array::from_fn(|index| {
            let other =
                (caller * MANY as u64 + index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
            Ask::one(policy, key(((other * crate::MILLION) >> 32) * 8))
        });
        let requests = asks.each_ref().map(std::slice::from_ref);
        limits.decide_batch(black_box(&requests), *now, |_, decision| {
            black_box(decision.is_allowed());
        });
    }
}

/// governor's limiter, with its own clock, which it reads for each decision.
pub(crate) struct Governor(RateLimiter<u64, DashMapStateStore<u64>, QuantaClock>);

impl Governor {
    pub(crate) fn new(burst: u32) -> Self {
        let burst = NonZeroU32::new(burst).expect("a burst");
        let quota = Quota::per_second(NonZeroU32::MIN).allow_burst(burst);
        Self(RateLimiter::dashmap(quota))
    }
}

impl Engine for Governor {
    fn decide(&self, caller: u64) {
        black_box(self.0.check_key(&black_box(caller)).is_ok());
    }
}

/// The arithmetic of the table, over a concurrent map.
pub(crate) struct Dash {
    tats: DashMap<u64, AtomicU64>,
    now: u64,
    emission: u64,
    tolerance: u64,
}

impl Dash {
    pub(crate) fn new(burst: u64) -> Self {
        let emission = 10_000_000;
        let now = SystemClock::start().moment().0;
        Self { tats: DashMap::new(), now, emission, tolerance: emission * burst }
    }
}

impl Engine for Dash {
    fn decide(&self, caller: u64) {
        let tat = match self.tats.get(&black_box(caller)) {
            Some(tat) => tat,
            None => self.tats.entry(caller).or_default().downgrade(),
        };
        let debit = |before: u64| {
            let after = before.max(self.now) + self.emission;
            (after <= self.now + self.tolerance).then_some(after)
        };
        black_box(tat.fetch_update(Ordering::AcqRel, Ordering::Acquire, debit).is_ok());
    }
}

/// A key under which the node has permits: what most decisions of a leased limit are.
pub(crate) struct HeldLease {
    leased: Leased,
    policy: Policy,
    clock: Arc<SystemClock>,
    now: Now,
}

impl HeldLease {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(SystemClock::start());
        let exact = Local::new(Seed::new([3, 5]), ByteSize::mib(1), clock.clone());
        let ttl = Duration::from_hours(1);
        let policy = policy(1 << 30).with_mode(Mode::Leased { ttl });
        let now = clock.now();
        Self { leased: Leased::new(Arc::new(exact), clock.clone()), policy, clock, now }
    }
}

impl Engine for HeldLease {
    fn decide(&self, _: u64) {
        let ask = Ask::one(&self.policy, key(0));
        let Answer::Now(decision) = self.leased.decide(black_box(&[ask]), self.now) else {
            return;
        };
        black_box(decision.is_allowed());
    }

    /// The store grants all that a lease can hold, several times what a round uses.
    fn refill(&self) {
        self.decide(0);
        if let Some(batch) = self.leased.work(self.clock.moment()).asks {
            let grant = Grant {
                permits: 4_000_000,
                remaining: 1 << 29,
                more_in: Duration::ZERO,
                is_paused: false,
                valid_for: Duration::MAX,
                receipt: Receipt::default(),
            };
            let grants = vec![grant; batch.asks.len()];
            let _ = self.leased.answered(&batch, Ok(grants), self.clock.moment());
        }
    }
}
