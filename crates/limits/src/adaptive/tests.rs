//! Runs the limit against simulated upstreams.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::*;

/// An upstream that works on `parallel` requests at once and queues the rest, with clients that send
/// the next request as soon as one ended.
struct Simulation {
    adaptive: Adaptive,
    parallel: usize,
    service: Duration,
    /// Gives up on a request after this.
    patience: Duration,
    clients: u32,
    random: fastrand::Rng,
    now: u64,
    /// When requests came in that wait for the upstream.
    queue: VecDeque<u64>,
    /// When requests that are worked on are done, and when they came in.
    working: BinaryHeap<Reverse<(u64, u64)>>,
}

impl Simulation {
    fn new(adaptive: Adaptive, parallel: usize, service_ms: u64, clients: u32) -> Self {
        Self {
            adaptive,
            parallel,
            service: Duration::from_millis(service_ms),
            patience: Duration::from_secs(30),
            clients,
            random: fastrand::Rng::with_seed(7),
            now: 0,
            queue: VecDeque::new(),
            working: BinaryHeap::new(),
        }
    }

    fn in_flight(&self) -> u32 {
        u32::try_from(self.queue.len() + self.working.len()).expect("few")
    }

    /// Lets this many seconds pass and gives the least and the greatest limit in their second half.
    fn run(&mut self, seconds: u64) -> (u32, u32) {
        let end = self.now + seconds * 1_000_000_000;
        let half = self.now + seconds * 500_000_000;
        let (mut least, mut most) = (u32::MAX, 0);
        while self.now < end {
            while self.in_flight() < self.clients.min(self.adaptive.limit()) {
                self.queue.push_back(self.now);
            }
            while self.working.len() < self.parallel
                && let Some(came) = self.queue.pop_front()
            {
                // Between 0.8 and 1.6 of the usual time.
                let factor = 0.8 + 0.8 * self.random.f64() * self.random.f64();
                let done = self.now + (self.service.as_nanos() as f64 * factor) as u64;
                self.working.push(Reverse((done, came)));
            }
            let in_flight = self.in_flight();
            let Reverse((done, came)) = self.working.pop().expect("clients never rest");
            self.now = done;
            let took = Duration::from_nanos(done - came);
            let outcome = match took > self.patience {
                true => Outcome::Overload,
                false => Outcome::Answered(took),
            };
            let limit = self.adaptive.ended(outcome, in_flight, Moment(self.now));
            if self.now >= half {
                (least, most) = (least.min(limit), most.max(limit));
            }
        }
        (least, most)
    }
}

#[test]
fn the_limit_settles_a_little_above_what_is_served_at_once() {
    for parallel in [4, 20, 100] {
        let mut upstream = Simulation::new(Adaptive::between(1, 1_000), parallel, 50, 1_000);
        let (least, most) = upstream.run(120);
        let parallel = u32::try_from(parallel).expect("small");
        assert!(least >= parallel, "{parallel} at once, but limited to {least}");
        assert!(most <= parallel * 3, "{parallel} at once, but {most} were let in");
    }
}

#[test]
fn floor_and_ceiling_hold() {
    // What the floor lets in is taken for what the upstream can do.
    let mut slow = Simulation::new(Adaptive::between(8, 50), 1, 50, 1_000);
    let (least, most) = slow.run(300);
    assert!(least >= 8 && most <= 16, "from {least} to {most}");
    let mut fast = Simulation::new(Adaptive::between(8, 50), 500, 5, 1_000);
    assert_eq!(fast.run(60), (50, 50));
}

#[test]
fn an_upstream_that_gets_slower_keeps_its_throughput() {
    let mut upstream = Simulation::new(Adaptive::between(5, 1_000), 20, 20, 1_000);
    upstream.run(60);
    upstream.service = Duration::from_millis(200);
    upstream.run(60);
    let (least, most) = upstream.run(60);
    assert!(least >= 15 && most <= 60, "from {least} to {most}");
    assert!(upstream.adaptive.least().expect("known") >= Duration::from_millis(120));
}

#[test]
fn an_upstream_that_recovers_is_used_again() {
    let mut upstream = Simulation::new(Adaptive::between(2, 1_000), 2, 50, 1_000);
    assert!(upstream.run(60).1 <= 8);
    upstream.parallel = 40;
    upstream.run(30);
    assert!(upstream.run(30).0 >= 40);
}

#[test]
fn a_few_quick_answers_do_not_stand_for_the_others() {
    let mut adaptive = Adaptive::between(4, 200);
    let mut now = 0;
    for number in 0..20_000 {
        now += 2_000_000;
        let millis = if number % 4 == 0 { 1 } else { 50 };
        let outcome = Outcome::Answered(Duration::from_millis(millis));
        adaptive.ended(outcome, adaptive.limit(), Moment(now));
    }
    assert_eq!(adaptive.limit(), 200);
}

#[test]
fn timeouts_of_the_usual_length_are_overload() {
    let mut adaptive = Adaptive::between(2, 200);
    let mut now = 0;
    for _ in 0..2_000 {
        now += 10_000_000;
        adaptive.ended(Outcome::Overload, adaptive.limit(), Moment(now));
    }
    assert_eq!(adaptive.limit(), 2);
}

#[test]
fn the_limit_does_not_grow_unused() {
    let mut adaptive = Adaptive::between(1, 1_000);
    let mut now = 0;
    for _ in 0..10_000 {
        now += 1_000_000;
        adaptive.ended(Outcome::Answered(Duration::from_millis(5)), 3, Moment(now));
    }
    assert_eq!(adaptive.limit(), START);
}

#[test]
fn clients_that_leave_say_nothing() {
    let mut adaptive = Adaptive::between(1, 1_000);
    for number in 0..10_000 {
        adaptive.ended(Outcome::Unknown, 20, Moment(number * 1_000_000));
    }
    assert_eq!((adaptive.limit(), adaptive.least()), (START, None));
}
