//! Counts what becomes of asynchronous invocations, by function.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::FunctionName;

use super::decide::Condition;
use crate::metrics::Counter;

/// Seconds: an event is run at once, or after so many retries.
const BOUNDS: [f64; 9] = [0.01, 0.1, 1.0, 10.0, 60.0, 300.0, 1_800.0, 3_600.0, 21_600.0];

#[derive(Debug, Default)]
pub(super) struct Tallies(Mutex<BTreeMap<FunctionName, Arc<Tally>>>);

#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) accepted: Counter,
    pub(super) retried: Counter,
    exhausted: Counter,
    expired: Counter,
    stopped: Counter,
    /// Records and dead letters that nobody took.
    pub(super) undelivered: Counter,
    pub(super) waiting: Gauge,
    /// Of an event when a run of it began.
    pub(super) age: Ages,
}

#[derive(Debug, Default)]
pub(super) struct Gauge(AtomicU64);

#[derive(Debug, Default)]
pub(super) struct Ages {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    millis: AtomicU64,
}

impl Gauge {
    pub(super) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn take(&self, count: u64) {
        self.0.fetch_sub(count, Ordering::Relaxed);
    }
}

impl Ages {
    pub(super) fn observe(&self, age: Duration) {
        let seconds = age.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        let millis = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        self.millis.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Tally {
    pub(super) fn over(&self, condition: Condition) {
        match condition {
            Condition::Success => {}
            Condition::RetriesExhausted => self.exhausted.count(),
            Condition::EventAgeExceeded => self.expired.count(),
            Condition::ZeroReservedConcurrency => self.stopped.count(),
        }
    }
}

type Read = fn(&Tally) -> u64;

const FAMILIES: [(&str, &str, &str, Read); 4] = [
    (
        "tidegate_async_invocations_accepted_total",
        "counter",
        "Asynchronous invocations accepted.",
        |tally| tally.accepted.get(),
    ),
    (
        "tidegate_async_invocations_retried_total",
        "counter",
        "Attempts at asynchronous invocations after which another follows.",
        |tally| tally.retried.get(),
    ),
    (
        "tidegate_async_deliveries_failed_total",
        "counter",
        "Results for destinations and dead letters that were given up.",
        |tally| tally.undelivered.get(),
    ),
    (
        "tidegate_async_invocations_waiting",
        "gauge",
        "Asynchronous invocations that are not settled.",
        |tally| tally.waiting.0.load(Ordering::Relaxed),
    ),
];

impl Tallies {
    pub(super) fn of(&self, function: &FunctionName) -> Arc<Tally> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(function) {
            Some(tally) => Arc::clone(tally),
            None => Arc::clone(all.entry(function.clone()).or_default()),
        }
    }

    /// Prometheus's text format; nothing where nothing was ever asynchronous.
    pub(super) fn expose(&self) -> String {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut text = String::new();
        if all.is_empty() {
            return text;
        }
        for (metric, kind, help, read) in FAMILIES {
            let _ = writeln!(text, "# HELP {metric} {help}\n# TYPE {metric} {kind}");
            for (function, tally) in &all {
                let _ = writeln!(text, "{metric}{{faas_name=\"{function}\"}} {}", read(tally));
            }
        }
        dropped(&mut text, &all);
        ages(&mut text, &all);
        text
    }
}

fn dropped(text: &mut String, all: &BTreeMap<FunctionName, Arc<Tally>>) {
    let metric = "tidegate_async_invocations_dropped_total";
    let help = "Asynchronous invocations that were given up.";
    let _ = writeln!(text, "# HELP {metric} {help}\n# TYPE {metric} counter");
    for (function, tally) in all {
        let reasons =
            [("retries", &tally.exhausted), ("age", &tally.expired), ("stopped", &tally.stopped)];
        for (reason, counter) in reasons {
            let labels = format!("faas_name=\"{function}\",reason=\"{reason}\"");
            let _ = writeln!(text, "{metric}{{{labels}}} {}", counter.get());
        }
    }
}

fn ages(text: &mut String, all: &BTreeMap<FunctionName, Arc<Tally>>) {
    let metric = "tidegate_async_event_age_seconds";
    let help = "Time between accepting an event and running it.";
    let _ = writeln!(text, "# HELP {metric} {help}\n# TYPE {metric} histogram");
    for (function, tally) in all {
        let mut total = 0;
        for (bucket, count) in tally.age.buckets.iter().enumerate() {
            total += count.load(Ordering::Relaxed);
            let bound = BOUNDS.get(bucket).map_or("+Inf".to_owned(), f64::to_string);
            let labels = format!("faas_name=\"{function}\",le=\"{bound}\"");
            let _ = writeln!(text, "{metric}_bucket{{{labels}}} {total}");
        }
        let sum = Duration::from_millis(tally.age.millis.load(Ordering::Relaxed)).as_secs_f64();
        let _ = writeln!(text, "{metric}_sum{{faas_name=\"{function}\"}} {sum}");
        let _ = writeln!(text, "{metric}_count{{faas_name=\"{function}\"}} {total}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_dropped_says_why() {
        let tallies = Tallies::default();
        assert_eq!(tallies.expose(), "");
        let tally = tallies.of(&FunctionName::parse("f").expect("a name"));
        tally.over(Condition::EventAgeExceeded);
        tally.age.observe(Duration::from_secs(61));
        let text = tallies.expose();
        for line in [
            "tidegate_async_invocations_dropped_total{faas_name=\"f\",reason=\"age\"} 1",
            "tidegate_async_event_age_seconds_bucket{faas_name=\"f\",le=\"60\"} 0",
            "tidegate_async_event_age_seconds_bucket{faas_name=\"f\",le=\"300\"} 1",
            "tidegate_async_event_age_seconds_sum{faas_name=\"f\"} 61",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
