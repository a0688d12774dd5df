//! Counts what functions do, with OpenTelemetry's names.
//! <https://opentelemetry.io/docs/specs/semconv/faas/faas-metrics/>

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use model::FunctionName;

use crate::pool::Counts;

/// Seconds. The advised buckets start at 5 ms, too coarse for warm invocations.
const BOUNDS: [f64; 16] = [
    0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];

/// The counters of one function. They outlive its versions.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    pub(crate) invocations: Counter,
    pub(crate) errors: Counter,
    pub(crate) timeouts: Counter,
    pub(crate) throttles: Counter,
    pub(crate) cold_starts: Counter,
    pub(crate) memory: AtomicU64,
    pub(crate) duration: Histogram,
    pub(crate) init: Histogram,
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Histogram {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    nanoseconds: AtomicU64,
}

impl Histogram {
    pub(crate) fn observe(&self, span: Duration) {
        let seconds = span.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    fn write(&self, text: &mut String, metric: &str, function: &str) {
        let mut total = 0;
        for (bucket, count) in self.buckets.iter().enumerate() {
            total += count.load(Ordering::Relaxed);
            let bound = BOUNDS.get(bucket).map_or("+Inf".to_owned(), f64::to_string);
            let _ = writeln!(
                text,
                "{metric}_bucket{{faas_name=\"{function}\",le=\"{bound}\"}} {total}"
            );
        }
        let sum = Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed)).as_secs_f64();
        let _ = writeln!(text, "{metric}_sum{{faas_name=\"{function}\"}} {sum}");
        let _ = writeln!(text, "{metric}_count{{faas_name=\"{function}\"}} {total}");
    }
}

/// One function's line-up for the exposition.
pub(crate) struct Sample<'a> {
    pub(crate) function: &'a FunctionName,
    pub(crate) cells: &'a Cells,
    pub(crate) counts: Counts,
}

type Reading = fn(&Sample<'_>) -> u64;
type ReadHistogram = fn(&Cells) -> &Histogram;

const FAMILIES: [(&str, &str, &str, Reading); 9] = [
    ("faas_invocations_total", "counter", "Successful invocations.", |s| s.cells.invocations.get()),
    ("faas_errors_total", "counter", "Invocations that ended in a function error.", |s| {
        s.cells.errors.get()
    }),
    ("faas_timeouts_total", "counter", "Invocations that ran out of time.", |s| {
        s.cells.timeouts.get()
    }),
    ("faas_coldstarts_total", "counter", "Execution environments started.", |s| {
        s.cells.cold_starts.get()
    }),
    ("faas_mem_usage_bytes", "gauge", "Most memory an environment used, as last sampled.", |s| {
        s.cells.memory.load(Ordering::Relaxed)
    }),
    (
        "tidegate_function_throttles_total",
        "counter",
        "Invocations refused for want of concurrency.",
        |s| s.cells.throttles.get(),
    ),
    ("tidegate_function_concurrency", "gauge", "Environments serving an invocation.", |s| {
        s.counts.busy as u64
    }),
    (
        "tidegate_function_environments",
        "gauge",
        "Environments that exist or are being started.",
        |s| (s.counts.idle + s.counts.busy + s.counts.starting) as u64,
    ),
    ("tidegate_function_queue_depth", "gauge", "Invocations waiting for an environment.", |s| {
        s.counts.waiting as u64
    }),
];

/// Prometheus's text format.
pub(crate) fn expose(samples: &[Sample<'_>]) -> String {
    let mut text = String::new();
    for (metric, kind, help, read) in FAMILIES {
        let _ = writeln!(text, "# HELP {metric} {help}\n# TYPE {metric} {kind}");
        for sample in samples {
            let value = read(sample);
            let _ = writeln!(text, "{metric}{{faas_name=\"{}\"}} {value}", sample.function);
        }
    }
    let histograms: [(&str, &str, ReadHistogram); 2] = [
        ("faas_invoke_duration_seconds", "Duration of invocations.", |cells| &cells.duration),
        ("faas_init_duration_seconds", "Duration of init phases.", |cells| &cells.init),
    ];
    for (metric, help, read) in histograms {
        let _ = writeln!(text, "# HELP {metric} {help}\n# TYPE {metric} histogram");
        for sample in samples {
            read(sample.cells).write(&mut text, metric, sample.function.as_str());
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histograms_are_cumulative() {
        let cells = Cells::default();
        cells.duration.observe(Duration::from_micros(300));
        cells.duration.observe(Duration::from_secs(60));
        let function = FunctionName::parse("f").expect("valid");
        let counts = Counts { busy: 2, ..Counts::default() };
        let text = expose(&[Sample { function: &function, cells: &cells, counts }]);
        for line in [
            "faas_invoke_duration_seconds_bucket{faas_name=\"f\",le=\"0.00025\"} 0",
            "faas_invoke_duration_seconds_bucket{faas_name=\"f\",le=\"0.0005\"} 1",
            "faas_invoke_duration_seconds_bucket{faas_name=\"f\",le=\"+Inf\"} 2",
            "faas_invoke_duration_seconds_sum{faas_name=\"f\"} 60.0003",
            "faas_invoke_duration_seconds_count{faas_name=\"f\"} 2",
            "tidegate_function_concurrency{faas_name=\"f\"} 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
