//! Sixteen processes against one store admit exactly what their limits say.
//!
//! Small by default. `TIDEGATE_EXACTLY_DECISIONS=100000000 cargo test --release -p tidegate-drivers
//! --test stores exactly -- --nocapture` takes as long as it takes, and says how far it is.

mod failover;
mod part;

use std::sync::Arc;
use std::time::Duration;

use drivers::redis::{Options, Redis, connect};
use limits::{Ask, Key, Limits, Policy};
use model::{FailurePolicy, Period, Rate, Rule, SystemClock, Zone};

use crate::servers::{Program, Server};
use part::{PROCESSES, Part, Sums, is_admitted};

const DECISIONS: &str = "TIDEGATE_EXACTLY_DECISIONS";
/// A bucket that needs so long to refill is never full again while it is asked for, though the machine
/// may stop all of a test for minutes.
const BURST: u32 = 5_000;
/// Microseconds between two permits.
const INTERVAL: u64 = 100_000;

fn quota(limit: u64) -> Policy {
    let rule = Rule::Quota { limit, period: Period::Month, zone: Zone::UTC };
    let policy = Policy::new("exactly", "quota", rule).expect("policy");
    policy.with_failure_policy(FailurePolicy::Closed)
}

fn rate() -> Policy {
    let rate = Rate { permits: 1, per: Duration::from_micros(INTERVAL) };
    let policy = Policy::new("exactly", "rate", Rule::Rate { rate, burst: BURST }).expect("policy");
    policy.with_failure_policy(FailurePolicy::Closed)
}

fn decisions(least: u64) -> u64 {
    let given = std::env::var_os(DECISIONS).map(|given| {
        given.to_str().and_then(|given| given.parse().ok()).expect("a number of decisions")
    });
    given.unwrap_or(least)
}

/// What a process waits for an answer where no failure is part of the test: whoever gives up does not know
/// whether it was counted.
const PATIENCE: Duration = Duration::from_hours(1);

async fn limits(url: &str, timeout: Duration) -> Redis {
    let options = Options {
        timeout,
        heartbeat: Duration::from_millis(500),
        ..Options::new(url, Arc::new(SystemClock::start()))
    };
    connect(options).await.expect("the store is well")
}

/// How many of so many requests are admitted.
async fn take(limits: &Redis, policy: &Policy, decisions: u64) -> u64 {
    let clock = SystemClock::start();
    let ask = Ask::one(policy, key_of(limits, policy));
    let mut admitted = 0;
    for _ in 0..decisions {
        admitted += u64::from(is_admitted(limits, ask, &clock).await);
    }
    admitted
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("runtime").block_on(work)
}

fn name(key: Key) -> String {
    format!("tidegate:v1:limit:{:016x}", key.hash())
}

fn key_of(limits: &Redis, policy: &Policy) -> Key {
    limits.seed().key(policy).finish()
}

/// When the bucket will be full, by the store's books.
fn full_at(server: &Server, limits: &Redis) -> u64 {
    let value = server.tell(&format!("GET {}", name(key_of(limits, &rate()))));
    full_by(&value).unwrap_or_else(|| panic!("{value}"))
}

/// The same, from a value of the store.
fn full_by(value: &str) -> Option<u64> {
    value.strip_prefix("v1:").and_then(|at| at.parse().ok())
}

/// Microseconds by the store's clock.
fn time(server: &Server) -> u64 {
    let script = "local t = redis.call('TIME') return t[1] .. string.format('%06d', t[2])";
    server.tell(&format!("EVAL \"{script}\" 0")).parse().expect("a time")
}

#[test]
fn of_one_redis() {
    let server = Server::start(Program::Redis, &[]);
    let all = decisions(64_000);
    run(async {
        let limits = limits(&server.url(), PATIENCE).await;
        assert_eq!(take(&limits, &rate(), 1).await, 1);
        let began = full_at(&server, &limits) - INTERVAL;
        // The rest of the burst, and what came back meanwhile.
        let mut of_rate = 1 + take(&limits, &rate(), u64::from(BURST) - 1).await;
        let part = Part {
            url: server.url(),
            decisions: all / PROCESSES,
            limit: all / 10 * 9,
            patience: PATIENCE,
            keys: vec![key_of(&limits, &quota(all / 10 * 9))],
        };
        let sums = Sums::of(part.start());
        of_rate += sums.of_rate;
        println!("{:?} of a quota of {} were admitted", sums.of_keys, part.limit);
        assert_eq!(sums.of_keys, [part.limit], "the quota");

        let (before, mut denied) = (time(&server), false);
        while !denied {
            let admitted = take(&limits, &rate(), 1).await;
            of_rate += admitted;
            denied = admitted == 0;
        }
        let after = time(&server);
        assert_eq!(of_rate * INTERVAL, full_at(&server, &limits) - began, "the store's books");
        let at = |time: u64| u64::from(BURST) + (time - began) / INTERVAL;
        println!("{of_rate} of a rate, B+floor(R*t) is {} to {}", at(before), at(after));
        assert!((at(before)..=at(after)).contains(&of_rate), "{of_rate}");
    });
}

/// What the store has counted, by its own value.
fn used(value: &str) -> u64 {
    let used = value.strip_prefix("v1:").and_then(|value| value.split_once(':'));
    used.and_then(|(_, used)| used.parse().ok()).unwrap_or(0)
}
