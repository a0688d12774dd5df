//! Nanoseconds of one decision, beside its peers' in the same run: `cargo bench -p tidegate-limits`.
//!
//! Processor time of a thread, and the best of the rounds that a few seconds have room for, since whatever else the machine does can
//! only add to it. Two threads work on the same keys.

#[path = "decide/engines.rs"]
mod engines;

use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use engines::{Batched, Dash, Engine, Governor, HeldLease, InTable, Mixed, Nothing};
use limits::{Policy, Seed};
use model::{ByteSize, Clock, Rate, Rule, SystemClock};
use rustix::time::{ClockId, clock_gettime};

const ROUNDS: usize = 7;
/// Rounds go on for at least so long: what else the machine does comes and goes within seconds.
const AT_LEAST: Duration = Duration::from_secs(4);
const DECISIONS: u64 = 1_000_000;
const MILLION: u64 = 1_000_000;

struct Row<'a> {
    name: &'a str,
    engine: &'a dyn Engine,
    keys: u64,
    threads: usize,
    /// Nanoseconds that are good enough.
    bar: Option<f64>,
}

fn main() {
    println!("{:<52} {:>9} {:>9}  verdict", "decision", "ns", "bar");
    let peers: [(&str, &dyn Engine); 2] = [
        ("governor, keyed by number", &Governor::new(u32::MAX)),
        ("DashMap of atomics, same arithmetic", &Dash::new(1 << 30)),
    ];
    let table = InTable::<1>::new(1 << 30, ByteSize::mib(32));
    measure(&Row {
        name: "none: a key is made",
        engine: &Nothing,
        keys: MILLION,
        threads: 1,
        bar: None,
    });
    for threads in [1, 2] {
        for (keys, name, bar) in [
            (1, "one key, allowed", None),
            (1_000, "1k keys, allowed", None),
            (MILLION, "1M keys, allowed", (threads == 1).then_some(130.0)),
        ] {
            measure(&Row { name, engine: &table, keys, threads, bar });
        }
        for (peer, engine) in peers {
            let name = format!("{peer}, 1M keys, allowed");
            measure(&Row { name: &name, engine, keys: MILLION, threads, bar: None });
        }
    }
    let batches: [(&str, &dyn Engine, f64); 2] = [
        ("1M keys, allowed, 16 requests at once, for all", &Batched::<16>(&table), 16.0),
        ("1M keys, allowed, 64 requests at once, for all", &Batched::<64>(&table), 64.0),
    ];
    for (name, engine, requests) in batches {
        measure(&Row { name, engine, keys: MILLION, threads: 1, bar: Some(requests * 25.0) });
    }
    let deniers: [(&str, &dyn Engine, Option<f64>); 3] = [
        ("one key, denied", &InTable::<1>::new(1, ByteSize::mib(32)), Some(15.0)),
        ("governor, one key, denied", &Governor::new(1), None),
        ("DashMap of atomics, one key, denied", &Dash::new(1), None),
    ];
    for (name, engine, bar) in deniers {
        for threads in [1, 2] {
            measure(&Row { name, engine, keys: 1, threads, bar });
        }
    }
    let many = InTable::<4>::new(1 << 30, ByteSize::mib(32));
    let name = "1k keys, 4 limits each, allowed";
    measure(&Row { name, engine: &many, keys: 1_000, threads: 1, bar: None });
    let mixed = Mixed::new();
    for (keys, name) in [(1, "one key"), (1_000, "1k keys")] {
        let name = format!("{name}, each kind of limit, a slot given back");
        measure(&Row { name: &name, engine: &mixed, keys, threads: 1, bar: None });
    }
    let held = HeldLease::new();
    for threads in [1, 2] {
        let name = "one leased key, allowed";
        measure(&Row { name, engine: &held, keys: 1, threads, bar: None });
    }
    println!("keys that the table forgot: {}", table.evictions());
    hashing();
    forgotten();
}

/// A million keys that all count at once, in 20 bytes for each.
fn forgotten() {
    let table = InTable::<1>::new(1 << 30, ByteSize(20 * MILLION));
    (0..MILLION).for_each(|number| table.decide(number));
    println!("keys of a million forgotten at 20 bytes each: {}", table.evictions());
}

/// All rows, or those whose name has what was asked for.
fn is_wanted(name: &str) -> bool {
    let mut wanted =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).peekable();
    wanted.peek().is_none() || wanted.any(|part| name.contains(&part))
}

fn measure(row: &Row<'_>) {
    if !is_wanted(row.name) {
        return;
    }
    // Every key is known before the clock starts.
    (0..row.keys).for_each(|number| row.engine.decide(number));
    let clock = SystemClock::start();
    let start = clock.moment();
    let lasts = || clock.moment().since(start) < AT_LEAST;
    let rounds = (0..).take_while(|done| *done < ROUNDS || lasts());
    let best = rounds.map(|_| round(row)).min().unwrap_or_default();
    let threads = if row.threads == 1 { "" } else { ", two threads" };
    print(&format!("{}{threads}", row.name), nanos(best), row.bar);
}

fn round(row: &Row<'_>) -> Duration {
    row.engine.refill();
    let barrier = Barrier::new(row.threads);
    let work = || {
        barrier.wait();
        let start = processor_time();
        let mut number = 0_u64;
        for _ in 0..DECISIONS {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            row.engine.decide(((number >> 32) * row.keys) >> 32);
        }
        processor_time().saturating_sub(start)
    };
    let spent = thread::scope(|scope| {
        let workers: Vec<_> = (0..row.threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker")).max()
    });
    spent.unwrap_or_default()
}

/// What this thread has had of a processor.
fn processor_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
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
    print("key of an address", nanos(best), None);
}

fn print(name: &str, nanos: f64, bar: Option<f64>) {
    let verdict = bar.map_or("", |bar| if nanos <= bar { "met" } else { "MISSED" });
    let bar = bar.map_or(String::new(), |bar| format!("<= {bar:.0}"));
    println!("{name:<52} {nanos:>9.1} {bar:>9}  {verdict}");
}

#[expect(clippy::cast_precision_loss, reason = "a measurement to one decimal")]
fn nanos(spent: Duration) -> f64 {
    spent.as_nanos() as f64 / DECISIONS as f64
}
