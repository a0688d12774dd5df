//! Turns requests away before the machine drowns, those first that matter least.
//!
//! Two signs say how near that is: how many requests are under way, and how late a worker comes to
//! what is ready to be done. The first fills up with slow answers, the second with too much work.

mod lag;

use std::time::Duration;

use model::{Overload, Priority};

pub(crate) use lag::Lag;

use crate::refusal::Refusal;
use crate::worker::Worker;

/// How long whoever is turned away is told to stay away.
const COME_BACK: Duration = Duration::from_secs(1);

/// What a priority is let in up to, as shares of what the overload's definition gives.
struct Reach {
    in_flight: f64,
    /// `None`: however late the workers are.
    lag: Option<f64>,
}

fn reach(priority: Priority) -> Reach {
    match priority {
        Priority::Low => Reach { in_flight: 0.7, lag: Some(0.5) },
        Priority::Normal => Reach { in_flight: 0.9, lag: Some(1.0) },
        Priority::Critical => Reach { in_flight: 1.0, lag: None },
    }
}

/// Whether a request may go on, given how many are under way with it and how late its worker is.
fn admits(overload: &Overload, priority: Priority, in_flight: u64, lag: Duration) -> bool {
    let reach = reach(priority);
    let most = f64::from(overload.in_flight) * reach.in_flight;
    let has_room = in_flight as f64 <= most.max(1.0);
    has_room && reach.lag.is_none_or(|share| lag <= overload.lag.mul_f64(share))
}

/// Lets a request go on, or turns it away.
pub(crate) fn admit(
    worker: &Worker,
    overload: Option<&Overload>,
    priority: Priority,
) -> Result<(), Refusal> {
    let Some(overload) = overload else { return Ok(()) };
    let lag = worker.lag.now(overload.lag);
    if admits(overload, priority, worker.shared.metrics.active(), lag) {
        return Ok(());
    }
    Err(Refusal::Overloaded { retry_after: COME_BACK })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OVERLOAD: Overload = Overload { in_flight: 100, lag: Duration::from_millis(100) };

    fn most_in_flight(priority: Priority) -> u64 {
        let admitted = |n: &u64| admits(&OVERLOAD, priority, *n, Duration::ZERO);
        (1..1_000).take_while(admitted).last().unwrap_or(0)
    }

    fn longest_lag(priority: Priority) -> u64 {
        let admitted = |n: &u64| admits(&OVERLOAD, priority, 1, Duration::from_millis(*n));
        (0..1_000).take_while(admitted).last().unwrap_or(0)
    }

    #[test]
    fn what_matters_least_goes_first() {
        let all = [Priority::Low, Priority::Normal, Priority::Critical];
        assert_eq!(all.map(most_in_flight), [70, 90, 100]);
        assert_eq!(all.map(longest_lag), [50, 100, 999]);
    }

    #[test]
    fn one_request_always_finds_room() {
        let overload = Overload { in_flight: 1, lag: Duration::from_millis(1) };
        assert!(admits(&overload, Priority::Low, 1, Duration::ZERO));
        assert!(!admits(&overload, Priority::Critical, 2, Duration::ZERO));
    }
}
