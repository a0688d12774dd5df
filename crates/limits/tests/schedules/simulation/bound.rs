//! Checks `admitted in any window W <= R * (W + t) + B` over every window there is.

use std::time::Duration;

use super::clock::Time;

/// The bound of one policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bound {
    /// Permits a nanosecond.
    pub(crate) rate: f64,
    pub(crate) burst: f64,
    pub(crate) ttl: Duration,
}

/// Permits that a fault may let through once: in windows that reach from `from` to `until` at least.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowance {
    pub(crate) at: Time,
    /// How long after it a window that begins may still show it.
    pub(crate) lingers: Time,
    pub(crate) permits: f64,
}

/// How many permits the worst window is over the bound; negative when none is.
///
/// With `n_k` admissions up to `t_k`, the window from admission `i` to `j` is over the bound by
/// `(n_j - R t_j) - (n_i - R t_i) + 1 - R t - B`, so one pass that remembers the least `n_i - R t_i`
/// sees all windows. Allowances that count for a window are those up to its end less those that had
/// ceased at its start.
pub(crate) fn worst(admitted: &[Time], bound: Bound, allowances: &[Allowance]) -> f64 {
    let up_to =
        |time: Time| -> f64 { allowances.iter().filter(|a| a.at <= time).map(|a| a.permits).sum() };
    let ceased = |time: Time| -> f64 {
        allowances.iter().filter(|a| a.at + a.lingers < time).map(|a| a.permits).sum()
    };
    let slack = bound.rate * bound.ttl.as_nanos() as f64 + bound.burst;
    let (mut least, mut worst) = (f64::INFINITY, f64::NEG_INFINITY);
    for (count, &time) in admitted.iter().enumerate() {
        let position = count as f64 - bound.rate * time as f64;
        least = least.min(position - ceased(time));
        worst = worst.max(position - up_to(time) - least + 1.0 - slack);
    }
    worst
}
