//! `GET /metrics`: everybody's numbers in one text.

use std::fmt::Write;

use model::Limit;
use wire::{Counters, Refusal, Timeout, TurnedAway};

use super::limits::declared;
use super::limits::show::Sharing;
use crate::platform::Platform;
use crate::process;

pub(crate) fn all(platform: &Platform) -> String {
    let mut text = platform.core.gateway.metrics();
    text.push_str(&platform.functions.metrics());
    text.push_str(&platform.asynchronous.metrics());
    text.push_str(&platform.triggers.metrics());
    text.push_str(&platform.aws_calls.expose());
    connections(&mut text, platform);
    limit_store(&mut text, platform);
    let up = platform.clock.moment().since(platform.started).as_secs_f64();
    single(&mut text, "tidegate_uptime_seconds", "gauge", "Time since the start.", up);
    text.push_str(&process::metrics());
    processes(&mut text, platform);
    text
}

fn limit_store(text: &mut String, platform: &Platform) {
    if let Some(local) = platform.core.limit_store.memory() {
        let tables = local.usage().by_kind();
        let most = tables.map(|(kind, table)| (kind, table.capacity as f64));
        let help = "Callers that can be counted.";
        labelled(text, "tidegate_limit_keys_max", "gauge", help, "kind", &most);
        let forgotten = tables.map(|(kind, table)| (kind, table.evictions as f64));
        let help = "Callers that were forgotten while they still counted.";
        labelled(text, "tidegate_limit_evictions_total", "counter", help, "kind", &forgotten);
    }
    let mut one = |name: &str, kind: &str, help: &str, value: u64| {
        single(text, name, kind, help, value as f64);
    };
    let Some(shared) = platform.core.limit_store.shared() else { return };
    let health = shared.health();
    let up = u64::from(health.problem.is_none());
    one("tidegate_limit_store_up", "gauge", "Whether the limit store decides.", up);
    let help = "Servers that share the limit store; 0 until they all know of this one.";
    one("tidegate_limit_store_nodes", "gauge", help, health.nodes);
    let help = "Permits that this server holds ahead of their use.";
    one("tidegate_limit_store_leased_permits", "gauge", help, shared.leased());
    let help = "Decisions of the limit store.";
    one("tidegate_limit_store_decisions_total", "counter", help, health.asked);
    let help = "Denials that still held and were not asked for again.";
    one("tidegate_limit_store_remembered_total", "counter", help, health.remembered);
    let help = "Decisions of failure policies while the limit store did not answer.";
    one("tidegate_limit_store_degraded_total", "counter", help, health.degraded);
    let help = "Times that the limit store stopped answering.";
    one("tidegate_limit_store_outages_total", "counter", help, health.outages);
    overshoot_bounds(text, platform);
}

fn overshoot_bounds(text: &mut String, platform: &Platform) {
    let (name, sharing) = ("tidegate_limit_overshoot_bound", Sharing::of(platform));
    let help = "Permits by which all servers together may exceed the limit over any span of time.";
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n");
    let mut one = |scope: &str, limit: &Limit| {
        let (api, policy) = (escaped(scope), escaped(&limit.policy));
        let bound = sharing.overshoot_bound(limit);
        let _ = writeln!(text, "{name}{{api=\"{api}\",policy=\"{policy}\"}} {bound}");
    };
    for api in &platform.stack.load().apis {
        for limit in api.declared() {
            one(api.name.as_str(), limit);
        }
    }
    for of_plan in declared::of_plans(platform) {
        one(&of_plan.scope, &of_plan.limit);
    }
}

/// As the value of a label.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn processes(text: &mut String, platform: &Platform) {
    let all = platform.processes();
    if all.is_empty() {
        return;
    }
    let names: Vec<&str> = all.iter().map(|status| status.process.as_str()).collect();
    let mut each = |name: &str, kind: &str, help: &str, value: &dyn Fn(usize) -> u64| {
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        for (index, process) in names.iter().enumerate() {
            let _ = writeln!(text, "{name}{{process=\"{process}\"}} {}", value(index));
        }
    };
    let help = "Whether the process serves.";
    each("tidegate_process_up", "gauge", help, &|index| u64::from(all[index].is_serving()));
    let help = "Starts after a death.";
    each("tidegate_process_restarts_total", "counter", help, &|index| all[index].restarts);
}

fn connections(text: &mut String, platform: &Platform) {
    let sum =
        |of: &dyn Fn(&Counters) -> u64| platform.counters.iter().map(|c| of(c)).sum::<u64>() as f64;
    single(
        text,
        "tidegate_connections",
        "gauge",
        "Client connections that are open.",
        sum(&Counters::open),
    );
    let accepted = sum(&|c| c.accepted.get());
    single(
        text,
        "tidegate_connections_accepted_total",
        "counter",
        "Client connections let in.",
        accepted,
    );
    let failed = sum(&|c| c.tls_failed.get());
    single(text, "tidegate_tls_failures_total", "counter", "TLS handshakes that failed.", failed);
    let turned_away = TurnedAway::ALL.map(|r| (r.label(), sum(&|c| c.turned_away(r).get())));
    labelled(
        text,
        "tidegate_connections_refused_total",
        "counter",
        "Client connections closed at once.",
        "reason",
        &turned_away,
    );
    let timeouts = Timeout::ALL.map(|t| (t.label(), sum(&|c| c.timeouts(t).get())));
    labelled(
        text,
        "tidegate_connection_timeouts_total",
        "counter",
        "Clients that took too long.",
        "kind",
        &timeouts,
    );
    let refusals = Refusal::ALL.map(|r| (r.label(), sum(&|c| c.refusals(r).get())));
    labelled(
        text,
        "tidegate_malformed_requests_total",
        "counter",
        "Requests refused for their form.",
        "reason",
        &refusals,
    );
}

fn single(text: &mut String, name: &str, kind: &str, help: &str, value: f64) {
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
}

fn labelled(
    text: &mut String,
    name: &str,
    kind: &str,
    help: &str,
    label: &str,
    samples: &[(&str, f64)],
) {
    let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    for (value, count) in samples {
        let _ = writeln!(text, "{name}{{{label}=\"{value}\"}} {count}");
    }
}
