//! Limits that become others while their keys are leased.

use super::*;

fn window(limit: u64) -> Policy {
    let rule = Rule::FixedWindow { limit, per: Duration::from_hours(1) };
    let policy = Policy::new("public", "hourly", rule).expect("a policy");
    policy.with_mode(Mode::Leased { ttl: TTL })
}

impl Bench {
    /// Of so many requests, over some leases.
    fn admitted(&mut self, policy: &Policy, tries: usize) -> usize {
        let mut admitted = 0;
        for _ in 0..tries {
            admitted += usize::from(self.decided(&[ask(policy, 1)]).is_allowed());
            self.clock.advance(Duration::from_millis(1));
            let (leftovers, now) =
                (self.leased.sweep(self.clock.moment()).leftovers, self.clock.now());
            leftovers.iter().for_each(|leftover| self.books.take_back(leftover, now));
        }
        admitted
    }
}

#[test]
fn a_busy_key_keeps_to_its_limit_as_it_is_now() {
    let mut bench = Bench::new();
    assert_eq!(bench.admitted(&window(1000), 300), 300);
    assert!(bench.outstanding() > 0);
    assert_eq!(bench.admitted(&window(100), 500), 0);
    // What nobody used has gone back.
    assert_eq!(bench.admitted(&window(310), 500), 10);
}

#[test]
fn an_answer_to_the_limit_before_is_handed_back() {
    let mut bench = Bench::new();
    let mut first = bench.decide(&[ask(&window(1000), 1)]);
    let batch = bench.leased.work(bench.clock.moment()).asks.expect("an ask");
    drop(bench.decide(&[ask(&window(100), 1)]));
    let now = bench.clock.now();
    let grants: Vec<_> = batch.asks.iter().map(|ask| bench.books.lease(ask, now)).collect();
    let leftovers = bench.leased.answered(&batch, Ok(grants.clone()), bench.clock.moment());
    let handed_back: u32 = leftovers.iter().map(|leftover| leftover.permits).sum();
    assert_eq!(handed_back, grants[0].permits);
    assert!(poll(&mut first).is_none(), "it asks again");
}

#[test]
fn a_mode_that_becomes_stricter_holds_at_once() {
    let mut bench = Bench::new();
    let wide = policy("tenant", 1000, 1000).with_mode(Mode::Leased { ttl: 20 * TTL });
    for _ in 0..8 {
        bench.decided(&[ask(&wide, 1)]);
    }
    let narrow = wide.with_mode(Mode::Leased { ttl: TTL });
    bench.decided(&[ask(&narrow, 1)]);
    let leases = bench.leased.leases(bench.clock.moment());
    assert_eq!(leases.iter().map(|lease| lease.overshoot_bound).collect::<Vec<_>>(), [50]);
    bench.clock.advance(TTL);
    assert_eq!(bench.outstanding(), 0);
}
