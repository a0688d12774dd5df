//! Prometheus' text format, names by OpenTelemetry's translation.
//! <https://opentelemetry.io/docs/specs/semconv/http/http-metrics/>

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::cells::{BOUNDS, Durations, Sizes};
use super::limits::Outcome;
use super::{Series, WorkerCells};
use crate::refusal::Refusal;
use crate::upstream::Traffic;

pub(super) fn render(workers: &[WorkerCells], series: &Series) -> String {
    let mut out = String::with_capacity(16 << 10);
    requests(&mut out, series);
    bodies(&mut out, series);
    upstreams(&mut out, series);
    connections(&mut out, series);
    active(&mut out, workers);
    limits(&mut out, series);
    refusals(&mut out, workers);
    let lost = workers.iter().map(|worker| worker.lost_lines.load(Relaxed)).sum::<u64>();
    head(&mut out, "tidegate_access_log_lost_lines_total", "counter", "access log lines dropped");
    let _ = writeln!(out, "tidegate_access_log_lost_lines_total {lost}");
    out
}

/// A histogram's numbers, added up over workers.
#[derive(Default)]
struct Merged {
    buckets: [u64; BOUNDS.len() + 1],
    nanos: u64,
}

impl Merged {
    fn add(&mut self, durations: &Durations) {
        for (sum, bucket) in self.buckets.iter_mut().zip(&durations.buckets) {
            *sum += bucket.load(Relaxed);
        }
        self.nanos = self.nanos.wrapping_add(durations.nanos.load(Relaxed));
    }

    fn write(&self, out: &mut String, name: &str, labels: &str) {
        let mut count = 0;
        for ((_, bound), bucket) in BOUNDS.iter().zip(&self.buckets) {
            count += bucket;
            let _ = writeln!(out, "{name}_bucket{{{labels},le=\"{bound}\"}} {count}");
        }
        count += self.buckets[BOUNDS.len()];
        let _ = writeln!(out, "{name}_bucket{{{labels},le=\"+Inf\"}} {count}");
        let (seconds, rest) = (self.nanos / 1_000_000_000, self.nanos % 1_000_000_000);
        let _ = writeln!(out, "{name}_sum{{{labels}}} {seconds}.{rest:09}");
        let _ = writeln!(out, "{name}_count{{{labels}}} {count}");
    }

    fn is_empty(&self) -> bool {
        self.buckets.iter().all(|bucket| *bucket == 0)
    }
}

fn requests(out: &mut String, series: &Series) {
    let name = "http_server_request_duration_seconds";
    head(out, name, "histogram", "time from the head of a request to the end of its response");
    for ((api, route), metrics) in &series.routes {
        let mut merged: BTreeMap<(&str, u16), Merged> = BTreeMap::new();
        for cells in &metrics.cells {
            cells.for_each(|method, status, durations| {
                merged.entry((method, status)).or_default().add(durations);
            });
        }
        for ((method, status), durations) in merged.iter().filter(|(_, d)| !d.is_empty()) {
            let status = if *status == 0 { "_OTHER".to_owned() } else { status.to_string() };
            let labels = format!(
                "api=\"{}\",http_request_method=\"{method}\",http_route=\"{}\",http_response_status_code=\"{status}\"",
                label(api),
                label(route),
            );
            durations.write(out, name, &labels);
        }
    }
}

fn bodies(out: &mut String, series: &Series) {
    type Pick = fn(&super::RouteCells) -> &Sizes;
    let kinds: [(&str, &str, Pick); 2] = [
        ("http_server_request_body_size_bytes", "size of request bodies", |c| &c.requests),
        ("http_server_response_body_size_bytes", "size of response bodies", |c| &c.responses),
    ];
    for (name, help, pick) in kinds {
        head(out, name, "summary", help);
        for ((api, route), metrics) in &series.routes {
            let total = |part: fn(&Sizes) -> &AtomicU64| {
                metrics.cells.iter().map(|cells| part(pick(cells)).load(Relaxed)).sum::<u64>()
            };
            let (count, bytes) = (total(|sizes| &sizes.count), total(|sizes| &sizes.bytes));
            if count > 0 {
                let labels = format!("api=\"{}\",http_route=\"{}\"", label(api), label(route));
                let _ = writeln!(out, "{name}_sum{{{labels}}} {bytes}");
                let _ = writeln!(out, "{name}_count{{{labels}}} {count}");
            }
        }
    }
}

fn upstreams(out: &mut String, series: &Series) {
    let name = "http_client_request_duration_seconds";
    head(out, name, "histogram", "time an upstream took to begin its response");
    for (upstream, metrics) in &series.upstreams {
        let mut merged = Merged::default();
        metrics.cells.iter().for_each(|cells| merged.add(cells));
        if !merged.is_empty() {
            merged.write(out, name, &format!("upstream=\"{}\"", label(upstream)));
        }
    }
}

fn connections(out: &mut String, series: &Series) {
    type Pick = fn(&Traffic) -> u64;
    let counts: [(&str, &str, &str, Pick); 5] = [
        ("connections_opened_total", "counter", "connections made to upstreams", Traffic::opened),
        ("requests_reused_total", "counter", "requests on a kept connection", Traffic::reused),
        ("retries_total", "counter", "requests sent once more", Traffic::retried),
        ("ejections_total", "counter", "addresses passed over for failing", Traffic::ejected),
        ("tunnels", "gauge", "upgraded connections that are open", Traffic::tunnels),
    ];
    for (name, kind, help, pick) in counts {
        let name = format!("tidegate_upstream_{name}");
        let total = series.traffic.iter().map(|traffic| pick(traffic)).sum::<u64>();
        head(out, &name, kind, help);
        let _ = writeln!(out, "{name} {total}");
    }
}

fn active(out: &mut String, workers: &[WorkerCells]) {
    let active = workers.iter().map(|worker| worker.active.load(Relaxed)).sum::<u64>();
    head(out, "http_server_active_requests", "gauge", "requests under way");
    let _ = writeln!(out, "http_server_active_requests {active}");
}

fn limits(out: &mut String, series: &Series) {
    let name = "tidegate_throttled_total";
    head(out, name, "counter", "requests denied by a limit");
    for ((api, policy), metrics) in &series.limits {
        let (api, policy) = (label(api), label(policy));
        let denied = metrics.total(Outcome::Denied);
        let _ = writeln!(out, "{name}{{api=\"{api}\",policy=\"{policy}\"}} {denied}");
    }
    let name = "tidegate_limit_decisions_total";
    head(out, name, "counter", "what limits did to requests, or would have done");
    for ((api, policy), metrics) in &series.limits {
        let labels = format!("api=\"{}\",policy=\"{}\"", label(api), label(policy));
        for outcome in Outcome::ALL {
            let total = metrics.total(outcome);
            if total > 0 {
                let outcome = outcome.label();
                let _ = writeln!(out, "{name}{{{labels},outcome=\"{outcome}\"}} {total}");
            }
        }
    }
}

fn refusals(out: &mut String, workers: &[WorkerCells]) {
    let name = "tidegate_refusals_total";
    head(out, name, "counter", "requests the gateway answered itself, by reason");
    for (index, reason) in Refusal::NAMES.iter().enumerate() {
        let refused =
            workers.iter().map(|worker| worker.refusals[index].load(Relaxed)).sum::<u64>();
        let _ = writeln!(out, "{name}{{reason=\"{reason}\"}} {refused}");
    }
}

pub(super) fn head(out: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

pub(super) fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Method;
    use limits::Key;
    use model::Timestamp;

    use crate::metrics::{Measured, Metrics};
    use crate::refusal::Refusal;

    fn measured(method: &Method, status: u16) -> Measured<'_> {
        let duration = Duration::from_micros(1500);
        Measured { method, status, duration, request_bytes: 2, response_bytes: 5 }
    }

    #[test]
    fn workers_are_merged() {
        let metrics = Metrics::new(2);
        let route = metrics.route("public", "/orders/{id}");
        route.record(0, &measured(&Method::GET, 200));
        route.record(1, &measured(&Method::GET, 200));
        metrics.worker(1).refused(Refusal::NoRoute);
        let limit = metrics.limit("public", "ip");
        limit.denied(0, Key::from_hash(1), Timestamp(1), || "ip=192.0.2.1".to_owned());
        limit.near(1);
        let text = metrics.render();
        let labels = "api=\"public\",http_request_method=\"GET\",http_route=\"/orders/{id}\",http_response_status_code=\"200\"";
        for line in [
            format!("http_server_request_duration_seconds_bucket{{{labels},le=\"0.001\"}} 0"),
            format!("http_server_request_duration_seconds_bucket{{{labels},le=\"0.0025\"}} 2"),
            format!("http_server_request_duration_seconds_sum{{{labels}}} 0.003000000"),
            format!("http_server_request_duration_seconds_count{{{labels}}} 2"),
            "http_server_response_body_size_bytes_sum{api=\"public\",http_route=\"/orders/{id}\"} 10".into(),
            "tidegate_refusals_total{reason=\"no_route\"} 1".into(),
            "tidegate_throttled_total{api=\"public\",policy=\"ip\"} 1".into(),
            "tidegate_limit_decisions_total{api=\"public\",policy=\"ip\",outcome=\"near\"} 1".into(),
        ] {
            assert!(text.lines().any(|l| l == line), "no line `{line}` in\n{text}");
        }
    }

    #[test]
    fn made_up_methods_and_statuses_stay_bounded() {
        let metrics = Metrics::new(1);
        let route = metrics.route("public", "/");
        for status in 100..600 {
            route.record(0, &measured(&Method::from_bytes(b"BREW").expect("token"), status));
        }
        let text = metrics.render();
        let counts = text
            .lines()
            .filter(|line| line.starts_with("http_server_request_duration_seconds_count"));
        let total: u64 =
            counts.clone().filter_map(|l| l.rsplit(' ').next()?.parse::<u64>().ok()).sum();
        assert_eq!((counts.count(), total), (33, 500));
    }

    #[test]
    fn a_route_counts_on_under_a_new_plan() {
        let metrics = Metrics::new(1);
        metrics.route("public", "/").record(0, &measured(&Method::GET, 200));
        metrics.route("public", "/").record(0, &measured(&Method::GET, 200));
        assert!(metrics.render().contains("status_code=\"200\"} 2\n"));
    }
}
