mod beside;
mod changed;

use std::future::Future as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use model::{ByteSize, Clock, ManualClock, Mode, Rate, Timestamp};

use super::*;
use crate::{Answer, Ask, Decision, Key, Limits, Local, Policy, Seed};

const TTL: Duration = Duration::from_millis(50);
const ROUND_TRIP: Duration = Duration::from_millis(1);

/// One node, and a store whose answers the test carries.
struct Bench {
    clock: Arc<ManualClock>,
    leased: Leased,
    books: Books,
    round_trip: Duration,
}

fn policy(name: &str, permits: u32, burst: u32) -> Policy {
    let rate = Rate { permits, per: Duration::from_secs(1) };
    let policy = Policy::new("public", name, Rule::Rate { rate, burst }).expect("a policy");
    policy.with_mode(Mode::Leased { ttl: TTL })
}

fn ask(policy: &Policy, key: u64) -> Ask<'_> {
    Ask::one(policy, Key::from_hash(key << 32))
}

fn poll(answer: &mut Answer) -> Option<Decision> {
    match pin!(answer).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(decision) => Some(decision),
        Poll::Pending => None,
    }
}

impl Bench {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let exact = Local::new(Seed::new([1, 2]), ByteSize::kib(64), clock.clone());
        let leased = Leased::new(Arc::new(exact), clock.clone());
        Self { clock, leased, books: Books::default(), round_trip: ROUND_TRIP }
    }

    fn decide(&self, asks: &[Ask<'_>]) -> Answer {
        self.leased.decide(asks, self.clock.now())
    }

    /// Carries what is due to the store and its answer back: what was wanted.
    fn round_trip(&mut self) -> Vec<u32> {
        let (work, now) = (self.leased.work(self.clock.moment()), self.clock.now());
        work.leftovers.iter().for_each(|leftover| self.books.take_back(leftover, now));
        let Some(batch) = work.asks else { return Vec::new() };
        let grants = batch.asks.iter().map(|ask| self.books.lease(ask, now)).collect();
        self.clock.advance(self.round_trip);
        let leftovers = self.leased.answered(&batch, Ok(grants), self.clock.moment());
        leftovers.iter().for_each(|leftover| self.books.take_back(leftover, now));
        batch.asks.iter().map(|ask| ask.want).collect()
    }

    /// The store does not answer what is due.
    fn silence(&self) {
        if let Some(batch) = self.leased.work(self.clock.moment()).asks {
            let problem = LedgerProblem::Unreachable("it is gone".to_owned());
            let _ = self.leased.answered(&batch, Err(problem), self.clock.moment());
        }
    }

    /// Decides now, with a round trip if need be.
    fn decided(&mut self, asks: &[Ask<'_>]) -> Decision {
        let mut answer = self.decide(asks);
        for _ in 0..8 {
            if let Some(decision) = poll(&mut answer) {
                return decision;
            }
            self.round_trip();
        }
        panic!("no answer after eight round trips")
    }

    fn outstanding(&self) -> u32 {
        self.leased.leases(self.clock.moment()).iter().map(|lease| lease.outstanding).sum()
    }
}

#[test]
fn who_comes_first_waits_for_the_store_and_the_next_do_not() {
    let mut bench = Bench::new();
    let policy = policy("tenant", 1000, 100);
    let mut first = bench.decide(&[ask(&policy, 1)]);
    let mut second = bench.decide(&[ask(&policy, 1)]);
    assert!(poll(&mut first).is_none());
    assert_eq!(bench.round_trip(), [2]);
    assert!(poll(&mut first).is_some_and(|decision| decision.is_allowed()));
    assert!(poll(&mut second).is_some_and(|decision| decision.is_allowed()));
    // The last permit was taken: more is on its way, or will be.
    bench.decided(&[ask(&policy, 1)]);
    assert!(bench.outstanding() > 0);
    assert!(matches!(bench.decide(&[ask(&policy, 1)]), Answer::Now(d) if d.is_allowed()));
}

#[test]
fn who_cannot_be_served_by_a_grant_is_denied_with_it() {
    let mut bench = Bench::new();
    let policy = policy("tenant", 10, 4);
    let mut waiting: Vec<_> = (0..10).map(|_| bench.decide(&[ask(&policy, 1)])).collect();
    bench.round_trip();
    let decisions: Vec<_> = waiting.iter_mut().filter_map(poll).collect();
    assert_eq!(decisions.len(), 10);
    // Half of the burst goes to one ask, and that was less than was wanted.
    assert_eq!(decisions.iter().filter(|decision| decision.is_allowed()).count(), 2);
    let denied = decisions.last().expect("ten");
    assert!(denied.retry_after().is_some_and(|wait| !wait.is_zero() && wait <= TTL));
    assert_eq!(denied.standings()[0].overshoot_bound(), 1);
    // Nobody asks again for a while, whatever comes.
    assert!(matches!(bench.decide(&[ask(&policy, 1)]), Answer::Now(d) if !d.is_allowed()));
    assert!(bench.round_trip().is_empty());
}

#[test]
fn a_denial_by_one_limit_takes_nothing_from_another() {
    let mut bench = Bench::new();
    let (wide, narrow) = (policy("wide", 1000, 100), policy("narrow", 1, 1));
    let both = [ask(&wide, 1), ask(&narrow, 2)];
    assert!(bench.decided(&both).is_allowed());
    bench.decided(&both[..1]);
    let before = bench.outstanding();
    assert_eq!(bench.decided(&both).denied_by(), Some(1));
    assert_eq!(bench.outstanding(), before);
}

#[test]
fn what_expires_goes_back_to_the_store() {
    let mut bench = Bench::new();
    let policy = policy("tenant", 1000, 1000);
    for _ in 0..8 {
        bench.decided(&[ask(&policy, 1)]);
    }
    let held = bench.outstanding();
    assert!(held > 0);
    bench.clock.advance(TTL);
    assert_eq!(bench.outstanding(), 0);
    let leftovers = bench.leased.sweep(bench.clock.moment()).leftovers;
    assert_eq!(leftovers.iter().map(|leftover| leftover.permits).sum::<u32>(), held);
    assert!(bench.leased.sweep(bench.clock.moment()).leftovers.is_empty());
}

#[test]
fn a_node_that_closes_hands_everything_back() {
    let mut bench = Bench::new();
    let policy = policy("tenant", 1000, 1000);
    for _ in 0..8 {
        bench.decided(&[ask(&policy, 1)]);
    }
    // Its answer is still on its way.
    while bench.leased.work(bench.clock.moment()).asks.is_none() {
        drop(bench.decide(&[ask(&policy, 1)]));
    }
    let held = bench.outstanding();
    let leftovers = bench.leased.close();
    assert_eq!(leftovers.iter().map(|leftover| leftover.permits).sum::<u32>(), held);
    assert!(bench.leased.leases(bench.clock.moment()).is_empty());
    // What is decided now is decided exactly.
    assert!(matches!(bench.decide(&[ask(&policy, 1)]), Answer::Now(d) if d.is_allowed()));
    assert!(bench.leased.leases(bench.clock.moment()).is_empty());
}

#[test]
fn what_holds_without_the_store_is_left_to_its_driver() {
    let bench = Bench::new();
    let policy = policy("tenant", 1000, 3);
    let mut first = bench.decide(&[ask(&policy, 1)]);
    bench.silence();
    // Here the store is a table that always answers: exactly the burst.
    assert!(poll(&mut first).is_some_and(|decision| decision.is_allowed()));
    let admitted = (0..9)
        .filter_map(|_| poll(&mut bench.decide(&[ask(&policy, 1)])))
        .filter(Decision::is_allowed);
    assert_eq!(admitted.count(), 2);
}

#[test]
fn a_busy_key_is_leased_and_a_quiet_one_exact_again() {
    let mut bench = Bench::new();
    let policy = policy("tenant", 1_000_000, 1_000_000).with_mode(Mode::Auto);
    let ask = ask(&policy, 1);
    let is_leased = |bench: &Bench| !bench.leased.leases(bench.clock.moment()).is_empty();
    for _ in 0..20 {
        assert!(bench.decided(&[ask]).is_allowed());
        bench.clock.advance(Duration::from_millis(1));
    }
    assert!(!is_leased(&bench));
    for _ in 0..2_000 {
        assert!(bench.decided(&[ask]).is_allowed());
        bench.clock.advance(Duration::from_micros(20));
    }
    assert!(is_leased(&bench));
    bench.round_trip();
    bench.clock.advance(Duration::from_secs(3));
    let _ = bench.leased.sweep(bench.clock.moment());
    assert!(!is_leased(&bench));
}

/// A rate that is asked for fifteen times as often as it admits, of a store that answers fast.
#[test]
fn a_busy_key_stays_leased() {
    let mut bench = Bench { round_trip: Duration::from_micros(100), ..Bench::new() };
    let policy = policy("tenant", 2_000, 100).with_mode(Mode::Auto);
    let (mut swept, mut leased) = (0, 0);
    let mut next_sweep = bench.clock.moment();
    while swept < 1_000 {
        bench.decided(&[ask(&policy, 1)]);
        bench.clock.advance(Duration::from_micros(33));
        if bench.clock.moment() >= next_sweep {
            let leftovers = bench.leased.sweep(bench.clock.moment()).leftovers;
            let now = bench.clock.now();
            leftovers.iter().for_each(|leftover| bench.books.take_back(leftover, now));
            leased += u32::from(!bench.leased.leases(bench.clock.moment()).is_empty());
            next_sweep = next_sweep.plus(Duration::from_millis(10));
            swept += 1;
        }
    }
    assert!(leased >= 990, "after {leased} of {swept} sweeps");
}

#[test]
fn a_rate_below_one_permit_a_lease_stays_exact() {
    let mut bench = Bench::new();
    let policy = policy("tenant", 10, 1_000_000).with_mode(Mode::Auto);
    for _ in 0..2_000 {
        assert!(bench.decided(&[ask(&policy, 1)]).is_allowed());
        bench.clock.advance(Duration::from_micros(20));
    }
    assert!(bench.leased.leases(bench.clock.moment()).is_empty());
}

#[test]
fn a_lender_carries_asks_and_hands_back_in_the_end() {
    let bench = Bench::new();
    let policy = policy("tenant", 1000, 100);
    let ledger = Arc::new(Memory::new(bench.clock.clone()));
    let is_closed = std::cell::Cell::new(false);
    let close =
        std::future::poll_fn(|_| if is_closed.get() { Poll::Ready(()) } else { Poll::Pending });
    let clock: Arc<dyn Clock> = bench.clock.clone();
    let rest = |_| std::future::pending();
    let mut lending = pin!(lend(bench.leased.clone(), ledger.clone(), clock, rest, close));
    let mut cx = Context::from_waker(Waker::noop());
    let mut first = bench.decide(&[ask(&policy, 1).cost(3)]);
    for _ in 0..3 {
        assert!(lending.as_mut().poll(&mut cx).is_pending());
    }
    assert!(poll(&mut first).is_some_and(|decision| decision.is_allowed()));
    assert!(matches!(bench.decide(&[ask(&policy, 1)]), Answer::Later(_)));
    assert!(lending.as_mut().poll(&mut cx).is_pending());
    assert!(bench.outstanding() > 0);
    is_closed.set(true);
    assert!(lending.as_mut().poll(&mut cx).is_ready());
    assert_eq!(bench.outstanding(), 0);
    // The store has all but the three again.
    let rest = LeaseAsk { policy, key: Key::from_hash(1 << 32), name: None, want: 1 };
    let left = poll_grant(&*ledger, rest).remaining;
    assert_eq!(left, 96);
}

fn poll_grant(ledger: &dyn Ledger, ask: LeaseAsk) -> Grant {
    let mut answer = ledger.lease(vec![ask]);
    match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(grants)) => grants[0],
        _ => panic!("a ledger in memory answers at once"),
    }
}

#[test]
fn the_bound_is_stated() {
    let rate =
        |permits, burst| Rule::Rate { rate: Rate { permits, per: Duration::from_secs(1) }, burst };
    assert_eq!(overshoot_bound(&rate(1000, 1), TTL), 50);
    assert_eq!(overshoot_bound(&rate(1, 1000), TTL), 1);
    let window = Rule::FixedWindow { limit: 1000, per: Duration::from_secs(60) };
    assert_eq!(overshoot_bound(&window, TTL), 0);
}
