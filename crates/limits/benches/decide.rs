//! Nanoseconds of one decision: `cargo bench -p tidegate-limits`.
//!
//! The best of several rounds, since whatever else the machine does can only add to it. Two threads
//! work on the same keys.

use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use limits::{Answer, Ask, Key, Limits, Local, Policy, Seed};
use model::{ByteSize, Clock, Now, Rate, Rule, SystemClock};

const ROUNDS: usize = 7;
const DECISIONS: u64 = 1_000_000;

struct Row {
    name: &'static str,
    keys: u64,
    asks: u64,
    /// Permits to start with.
    burst: u32,
    threads: usize,
}

fn main() {
    let clock = Arc::new(SystemClock::start());
    println!("{:<44} {:>12} {:>12}", "decision", "ns", "evicted");
    for (keys, name) in
        [(1_u64, "one key, allowed"), (1_000, "1k keys, allowed"), (1_000_000, "1M keys, allowed")]
    {
        for threads in [1, 2] {
            measure(&clock, &Row { name, keys, asks: 1, burst: 1 << 30, threads });
        }
    }
    for threads in [1, 2] {
        measure(&clock, &Row { name: "one key, denied", keys: 1, asks: 1, burst: 1, threads });
    }
    measure(
        &clock,
        &Row {
            name: "1k keys, 4 limits each, allowed",
            keys: 1_000,
            asks: 4,
            burst: 1 << 30,
            threads: 1,
        },
    );
    hashing();
}

fn measure(clock: &Arc<SystemClock>, row: &Row) {
    // A year's refill bounds the burst: 100 permits per second and a burst of 2^30 stay below it.
    let rate = Rate { permits: 100, per: Duration::from_secs(1) };
    let policy =
        Policy::new("bench", "rate", Rule::Rate { rate, burst: row.burst }).expect("policy");
    let limits = Local::new(Seed::new([3, 5]), ByteSize::mib(32), clock.clone());
    let now = clock.now();
    // Every key has its slot before the clock starts.
    (0..row.keys).for_each(|number| decide(&limits, &policy, number, row.asks, now));
    let best = (0..ROUNDS).map(|_| round(clock, &limits, &policy, row)).min().unwrap_or_default();
    let threads = if row.threads == 1 { "" } else { ", two threads" };
    let name = format!("{}{threads}", row.name);
    println!("{name:<44} {:>12.1} {:>12}", nanos(best), limits.usage().evictions);
}

fn round(clock: &SystemClock, limits: &Local, policy: &Policy, row: &Row) -> Duration {
    let barrier = Barrier::new(row.threads);
    let spent = thread::scope(|scope| {
        let workers: Vec<_> = (0..row.threads)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    let (start, now) = (clock.moment(), clock.now());
                    let mut number = 0_u64;
                    for _ in 0..DECISIONS {
                        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                        decide(limits, policy, (number >> 33) % row.keys, row.asks, now);
                    }
                    clock.moment().since(start)
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker")).max()
    });
    spent.unwrap_or_default()
}

fn decide(limits: &Local, policy: &Policy, number: u64, asks: u64, now: Now) {
    let ask = |index: u64| Ask::one(policy, key(number * 8 + index));
    let asked = [ask(0), ask(1), ask(2), ask(3)];
    let count = usize::try_from(asks).unwrap_or(usize::MAX);
    let Answer::Now(decision) = limits.decide(black_box(&asked[..count]), now) else {
        unreachable!("a local decision is there at once")
    };
    black_box(decision);
}

fn key(number: u64) -> Key {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Key::from_hash((mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93))
}

/// What the edge pays to turn an address into a key.
fn hashing() {
    let clock = SystemClock::start();
    let rate = Rate { permits: 1, per: Duration::from_secs(1) };
    let policy = Policy::new("bench", "ip", Rule::Rate { rate, burst: 1 }).expect("policy");
    let seed = Seed::new([3, 5]);
    let best = (0..ROUNDS)
        .map(|_| {
            let start = clock.moment();
            for number in 0..u32::try_from(DECISIONS).unwrap_or(u32::MAX) {
                let client = std::net::Ipv4Addr::from_bits(black_box(number)).into();
                black_box(seed.key(&policy).client(client).finish());
            }
            clock.moment().since(start)
        })
        .min()
        .unwrap_or_default();
    println!("{:<44} {:>12.1}", "key of an address", nanos(best));
}

#[expect(clippy::cast_precision_loss, reason = "a measurement to one decimal")]
fn nanos(spent: Duration) -> f64 {
    spent.as_nanos() as f64 / DECISIONS as f64
}
