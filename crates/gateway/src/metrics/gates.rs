//! Upstreams whose concurrency is bounded, as they stand.

use std::fmt::Write as _;
use std::sync::Arc;

use model::UpstreamName;

use super::text::{head, label};
use crate::upstream::{Gate, Gauge};

/// Writes a series for each bounded upstream of the plan in force.
pub(crate) fn gates<'a>(
    out: &mut String,
    gates: impl Iterator<Item = (&'a UpstreamName, &'a Arc<Gate>)>,
) {
    let gauges: Vec<_> = gates.map(|(name, gate)| (label(name.as_str()), gate.gauge())).collect();
    if gauges.is_empty() {
        return;
    }
    type Pick = fn(&Gauge) -> u64;
    let series: [(&str, &str, &str, Pick); 4] = [
        ("concurrency_limit", "gauge", "requests that may be under way", |g| g.bound.into()),
        ("in_flight", "gauge", "requests under way", |g| g.in_flight.into()),
        ("waiting", "gauge", "requests that wait for a slot", |g| g.waiting.into()),
        ("busy_total", "counter", "requests turned away for want of a slot", |g| g.refused),
    ];
    for (name, kind, help, pick) in series {
        let name = format!("tidegate_upstream_{name}");
        head(out, &name, kind, help);
        for (upstream, gauge) in &gauges {
            let _ = writeln!(out, "{name}{{upstream=\"{upstream}\"}} {}", pick(gauge));
        }
    }
}
