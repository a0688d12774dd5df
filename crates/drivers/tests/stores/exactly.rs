//! Sixteen processes against one store admit exactly what their limits say.
//!
//! Small by default. `TIDEGATE_EXACTLY_DECISIONS=100000000 cargo test --release -p tidegate-drivers
//! --test stores exactly -- --nocapture` takes as long as it takes.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use drivers::redis::{Options, Redis, connect};
use futures_util::future::join_all;
use limits::{Ask, Limits, Policy};
use model::{Clock, FailurePolicy, Period, Rate, Rule, SystemClock, Zone};

use crate::servers::{Cluster, Program, Server, tell, tell_replica};

/// What a process takes: the store's URL, how many decisions, of how many, and its patience in seconds.
const PART: &str = "TIDEGATE_EXACTLY_PART";
const DECISIONS: &str = "TIDEGATE_EXACTLY_DECISIONS";
const PROCESSES: u64 = 16;
/// Requests of a process under way at once.
const AT_ONCE: u64 = 64;
/// A bucket that needs so long to refill is never full again while it is asked for, though the machine
/// may stop all of a test for minutes.
const BURST: u32 = 5_000;
const PER_SECOND: u32 = 10;

/// Nine tenths of what is asked for.
fn quota(decisions: u64) -> Policy {
    let rule = Rule::Quota { limit: decisions / 10 * 9, period: Period::Month, zone: Zone::UTC };
    let policy = Policy::new("exactly", "quota", rule).expect("policy");
    policy.with_failure_policy(FailurePolicy::Closed)
}

fn rate() -> Policy {
    let rate = Rate { permits: PER_SECOND, per: Duration::from_secs(1) };
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
const PATIENCE_WITH_FAILURES: Duration = Duration::from_secs(10);

async fn limits(url: &str, timeout: Duration) -> Redis {
    let options = Options {
        timeout,
        heartbeat: Duration::from_millis(500),
        ..Options::new(url, Arc::new(SystemClock::start()))
    };
    connect(options).await.expect("the store is well")
}

/// Whether a request is admitted. What failure policies answer is asked again.
async fn is_admitted(limits: &Redis, ask: Ask<'_>, clock: &SystemClock) -> bool {
    loop {
        let decision = limits.decide(&[ask], clock.now()).await;
        if decision.standings()[0].degraded().is_none() {
            return decision.is_allowed();
        }
        // Sixteen processes that ask on at once would keep the store from coming back.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// How many of so many requests are admitted.
async fn take(limits: &Redis, policy: &Policy, decisions: u64) -> u64 {
    let clock = SystemClock::start();
    let ask = Ask::one(policy, limits.seed().key(policy).finish());
    let mut admitted = 0;
    for _ in 0..decisions {
        admitted += u64::from(is_admitted(limits, ask, &clock).await);
    }
    admitted
}

/// Takes of the quota, and of the rate in between: it is asked for to the end, and so never full.
async fn take_both(limits: &Redis, quota: &Policy, rate: &Policy, decisions: u64) -> (u64, u64) {
    let clock = &SystemClock::start();
    let ask = |policy| Ask::one(policy, limits.seed().key(policy).finish());
    let (quota, rate) = (ask(quota), ask(rate));
    let one_by_one = |decisions| async move {
        let mut sum = (0, 0);
        for at in 0..decisions {
            sum.0 += u64::from(is_admitted(limits, quota, clock).await);
            if at % 4 == 0 {
                sum.1 += u64::from(is_admitted(limits, rate, clock).await);
            }
        }
        sum
    };
    let shares = (0..AT_ONCE).map(|at| one_by_one((decisions + at) / AT_ONCE));
    let sums = join_all(shares).await.into_iter();
    sums.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("runtime").block_on(work)
}

#[test]
#[ignore = "no test by itself: others start it as a process"]
fn takes_its_part() {
    let part = std::env::var_os(PART).expect("a part").into_string().expect("text");
    let (url, rest) = part.split_once(' ').expect("url, decisions, all, patience");
    let numbers: Vec<u64> = rest.split(' ').map(|text| text.parse().expect("a number")).collect();
    let &[decisions, all, patience] = &*numbers else { panic!("{rest}") };
    run(async {
        let limits = limits(url, Duration::from_secs(patience)).await;
        let (of_quota, of_rate) = take_both(&limits, &quota(all), &rate(), decisions).await;
        println!("\nadmitted {of_quota} {of_rate}");
    });
}

fn processes(url: &str, decisions: u64, patience: Duration) -> Vec<Child> {
    let start = || {
        Command::new(std::env::current_exe().expect("a test knows its program"))
            .args(["--exact", "exactly::takes_its_part", "--ignored", "--nocapture"])
            .env(
                PART,
                format!("{url} {} {decisions} {}", decisions / PROCESSES, patience.as_secs()),
            )
            .stdout(Stdio::piped())
            .spawn()
            .expect("started")
    };
    (0..PROCESSES).map(|_| start()).collect()
}

/// Sums of what the processes were admitted to: of the quota, of the rate.
fn admitted(processes: Vec<Child>) -> (u64, u64) {
    let mut sum = (0, 0);
    for process in processes {
        let output = process.wait_with_output().expect("ended");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}");
        let line = said.lines().find_map(|line| line.strip_prefix("admitted ")).expect("a sum");
        let (quota, rate) = line.split_once(' ').expect("two sums");
        sum.0 += quota.parse::<u64>().expect("number");
        sum.1 += rate.parse::<u64>().expect("number");
    }
    sum
}

fn name(limits: &Redis, policy: &Policy) -> String {
    format!("tidegate:v1:limit:{:016x}", limits.seed().key(policy).finish().hash())
}

/// When the bucket will be full, by the store's books.
fn full_at(server: &Server, limits: &Redis) -> u64 {
    let value = server.tell(&format!("GET {}", name(limits, &rate())));
    value.strip_prefix("v1:").and_then(|at| at.parse().ok()).unwrap_or_else(|| panic!("{value}"))
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
    let interval = 1_000_000 / u64::from(PER_SECOND);
    run(async {
        let limits = limits(&server.url(), PATIENCE).await;
        assert_eq!(take(&limits, &rate(), 1).await, 1);
        let began = full_at(&server, &limits) - interval;
        // The rest of the burst, and what came back meanwhile.
        let mut of_rate = 1 + take(&limits, &rate(), u64::from(BURST) - 1).await;
        let (of_quota, by_processes) = admitted(processes(&server.url(), all, PATIENCE));
        of_rate += by_processes;
        println!("{of_quota} of a quota of {} were admitted", all / 10 * 9);
        assert_eq!(of_quota, all / 10 * 9, "the quota");

        let (before, mut denied) = (time(&server), false);
        while !denied {
            let admitted = take(&limits, &rate(), 1).await;
            of_rate += admitted;
            denied = admitted == 0;
        }
        let after = time(&server);
        assert_eq!(of_rate * interval, full_at(&server, &limits) - began, "the store's books");
        let at = |time: u64| u64::from(BURST) + (time - began) / interval;
        println!("{of_rate} of a rate, B+floor(R*t) is {} to {}", at(before), at(after));
        assert!((at(before)..=at(after)).contains(&of_rate), "{of_rate}");
    });
}

/// A primary is killed while it counts. What it admitted and had not told its replica, which a machine
/// with other work may let wait, is admitted again, and no more: what the primary wrote down is held
/// against what its replica knew. What it counted and could not tell the caller is lost.
#[test]
fn of_a_cluster_with_a_failover() {
    // What is answered has been written, though not to the disk.
    let mut cluster = Cluster::start_with(&["--appendonly", "yes", "--appendfsync", "no"]);
    let all = decisions(64_000);
    let quota_limit = all / 10 * 9;
    run(async {
        let limits = limits(&cluster.url(), PATIENCE_WITH_FAILURES).await;
        let count = format!("GET {}", name(&limits, &quota(all)));
        let processes = processes(&cluster.url(), all, PATIENCE_WITH_FAILURES);
        let owns = |server: &Server| used(&server.tell(&count)) >= quota_limit / 4;
        let owner = loop {
            match cluster.nodes.iter().position(owns) {
                Some(owner) => break owner,
                None => std::thread::yield_now(),
            }
        };
        // It takes over once it was asked what it knows.
        let replica = cluster.replica_of(owner).port;
        tell(replica, "CONFIG SET cluster-replica-no-failover yes");
        cluster.nodes[owner].kill();
        while !tell(replica, "INFO replication").contains("master_link_status:down") {
            std::thread::yield_now();
        }
        let known = used(&tell_replica(replica, &count));
        tell(replica, "CONFIG SET cluster-replica-no-failover no");
        let lost = used(&cluster.nodes[owner].remains().tell(&count)) - known;

        let (of_quota, _) = admitted(processes);
        println!(
            "{of_quota} of a quota of {quota_limit} were admitted over a failover that lost {lost}"
        );
        assert!(of_quota <= quota_limit + lost, "{of_quota}");
        let under_way = PROCESSES * AT_ONCE;
        assert!(of_quota + under_way >= all.min(quota_limit + lost), "{of_quota}");
    });
}

/// What the store has counted, by its own value.
fn used(value: &str) -> u64 {
    let used = value.strip_prefix("v1:").and_then(|value| value.split_once(':'));
    used.and_then(|(_, used)| used.parse().ok()).unwrap_or(0)
}
