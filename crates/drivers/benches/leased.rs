//! Sixteen processes that share one key on a real Redis, by leases: decisions a second, what Redis
//! pays, how much of a limit is used, and whether its bound holds. `cargo bench -p tidegate-drivers`.
//!
//! Starts its own redis-server, on a port of its own. The processes and Redis share this machine's
//! processors, so that decisions are also given by processor second.

#[path = "leased/parent.rs"]
mod parent;
#[path = "leased/worker.rs"]
mod worker;

use std::time::Duration;

use limits::Policy;
use model::{FailurePolicy, Mode, Rate, Rule};

pub(crate) const PROCESSES: usize = 16;
pub(crate) const TTL: Duration = Duration::from_millis(50);
pub(crate) const SPAN: Duration = Duration::from_secs(10);

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// The limit is out of reach: how fast decisions are.
    Mechanism,
    /// Far more is asked for than the limit allows: how true it is.
    Overload,
}

impl Load {
    pub(crate) fn policy(self) -> Policy {
        let (permits, burst) = match self {
            Load::Mechanism => (1_000_000_000, 1_000_000_000),
            Load::Overload => (200_000, 20_000),
        };
        let rate = Rate { permits, per: Duration::from_secs(1) };
        let policy = Policy::new("bench", "shared", Rule::Rate { rate, burst }).expect("a policy");
        policy.with_mode(Mode::Leased { ttl: TTL }).with_failure_policy(FailurePolicy::Closed)
    }
}

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    let load = |name: &str| match name {
        "mechanism" => Load::Mechanism,
        _ => Load::Overload,
    };
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [_, "worker", name, url] => worker::run(load(name), url),
        _ => parent::run(),
    }
}
