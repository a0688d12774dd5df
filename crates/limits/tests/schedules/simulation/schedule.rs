//! What happens in a run, drawn from a seed.

use std::time::Duration;

use fastrand::Rng;
use limits::Policy;
use limits::leased::DEFAULT_TTL;
use model::{FailurePolicy, Mode, Rate, Rule};

use super::clock::{MILLISECOND, SECOND, Time};

/// A world and what befalls it.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    pub(crate) seed: u64,
    pub(crate) length: Time,
    pub(crate) policies: Vec<Policy>,
    pub(crate) ttl: Duration,
    pub(crate) nodes: Vec<Load>,
    pub(crate) network: Network,
    pub(crate) faults: Vec<(Time, Fault)>,
}

/// Requests a second that reach a node, and how they come and go.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub(crate) per_second: f64,
    /// By quarter of a second, in turn.
    pub(crate) phases: Vec<f64>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Network {
    /// One way.
    pub(crate) delay: Time,
    pub(crate) jitter: Time,
    /// Part of all messages.
    pub(crate) lost: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    /// `kill -9`; a new process starts after this.
    Kill { node: usize, back: Time },
    /// The process shuts down in an orderly way, and a new one starts.
    Drain { node: usize, back: Time },
    /// SIGSTOP, and SIGCONT after this: its clock goes on.
    Freeze { node: usize, span: Time },
    /// No message to or from the node arrives.
    Partition { node: usize, span: Time },
    /// The primary dies and a replica takes over that has not seen the last writes.
    Failover { lost: Time },
    /// The store does not answer.
    Outage { span: Time },
    /// A node's wall clock is set.
    StepWall { node: usize, millis: i64 },
    /// The store's clock is set.
    StepStore { millis: i64 },
}

/// Which kind of schedule to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Anything may happen.
    Faults,
    /// Nothing happens but demand, three times the limit or more.
    Overload,
}

impl Schedule {
    pub(crate) fn draw(plan: Plan, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let rng = &mut rng;
        let ttl = Duration::from_millis(*pick(rng, &[10, 20, 50, 100, 200]));
        let nodes = rng.usize(2..=16);
        let length = SECOND + rng.u64(0..2 * SECOND);
        let rate = log_uniform(rng, 20.0, 2_000.0) as u32;
        let burst = (f64::from(rate) * log_uniform(rng, 0.02, 1.5)).ceil().max(2.0) as u32;
        let mode = if plan == Plan::Faults && rng.u8(0..4) == 0 {
            Mode::Auto
        } else {
            Mode::Leased { ttl }
        };
        // Who leaves the choice to the engine leaves it the time, too.
        let ttl = if mode == Mode::Auto { DEFAULT_TTL } else { ttl };
        let mut policies = vec![policy("tenant", rate, burst, mode)];
        if plan == Plan::Faults && rng.u8(0..3) == 0 {
            let (rate, burst) = (rate / 2 + 1, burst / 2 + 1);
            policies.push(policy("route", rate, burst, Mode::Leased { ttl }));
        }
        let demand = f64::from(rate)
            * match plan {
                Plan::Faults => log_uniform(rng, 0.5, 12.0),
                Plan::Overload => log_uniform(rng, 3.0, 12.0),
            };
        let delay = log_uniform(rng, 50_000.0, 3_000_000.0) as Time;
        let network = Network {
            delay,
            jitter: rng.u64(0..=delay),
            lost: if plan == Plan::Faults && rng.bool() { rng.f64() * 0.1 } else { 0.0 },
        };
        let faults = if plan == Plan::Faults { faults(rng, nodes, length) } else { Vec::new() };
        let loads = loads(rng, plan, nodes, demand);
        Self { seed, length, policies, ttl, nodes: loads, network, faults }
    }
}

fn policy(name: &str, permits: u32, burst: u32, mode: Mode) -> Policy {
    let rate = Rate { permits, per: Duration::from_secs(1) };
    let policy = Policy::new("schedule", name, Rule::Rate { rate, burst }).expect("a policy");
    policy.with_mode(mode).with_failure_policy(FailurePolicy::Closed)
}

/// Skewed by Zipf's law, more or less.
fn loads(rng: &mut Rng, plan: Plan, nodes: usize, demand: f64) -> Vec<Load> {
    let skew = rng.f64() * 1.2;
    let weights: Vec<_> = (1..=nodes).map(|rank| (rank as f64).powf(-skew)).collect();
    let total: f64 = weights.iter().sum();
    let mut load = |weight: f64| Load {
        per_second: demand * weight / total,
        phases: (0..rng.usize(1..6))
            .map(|_| if plan == Plan::Overload { 1.0 } else { *pick(rng, &[0.0, 0.3, 1.0, 4.0]) })
            .collect(),
    };
    weights.into_iter().map(&mut load).collect()
}

fn faults(rng: &mut Rng, nodes: usize, length: Time) -> Vec<(Time, Fault)> {
    let count = rng.usize(1..=8);
    let mut faults: Vec<_> = (0..count)
        .map(|_| {
            let node = rng.usize(0..nodes);
            let span = log_uniform(rng, 2e6, 2e9) as Time;
            let fault = match rng.u8(0..8) {
                0 => Fault::Kill { node, back: span / 4 },
                1 => Fault::Drain { node, back: span / 4 },
                2 => Fault::Freeze { node, span },
                3 => Fault::Partition { node, span },
                4 => Fault::Failover { lost: rng.u64(0..200 * MILLISECOND) },
                5 => Fault::Outage { span: span / 2 },
                6 => Fault::StepWall { node, millis: rng.i64(-3_600_000..3_600_000) },
                _ => Fault::StepStore { millis: rng.i64(-500..500) },
            };
            (rng.u64(0..length), fault)
        })
        .collect();
    faults.sort_by_key(|(at, _)| *at);
    faults
}

fn pick<'a, T>(rng: &mut Rng, choices: &'a [T]) -> &'a T {
    &choices[rng.usize(0..choices.len())]
}

fn log_uniform(rng: &mut Rng, low: f64, high: f64) -> f64 {
    low * (high / low).powf(rng.f64())
}
