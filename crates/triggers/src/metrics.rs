//! What triggers did, as numbers.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::triggers::locked;

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn count(&self) {
        self.add(1);
    }

    pub(crate) fn add(&self, more: usize) {
        self.0.fetch_add(u64::try_from(more).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// One of those under way, for as long as it lives.
#[derive(Debug)]
pub(crate) struct UnderWay<'a>(&'a AtomicU64);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicU64);

impl Gauge {
    pub(crate) fn enter(&self) -> UnderWay<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        UnderWay(&self.0)
    }
}

/// Of schedules, rules and what they send.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Events that due times, `PutEvents` and people gave to targets.
    pub(crate) fired: Counter,
    pub(crate) taken: Counter,
    /// Attempts that a target did not take.
    pub(crate) failed: Counter,
    /// Events that are not tried again.
    pub(crate) dropped: Counter,
    pub(crate) in_flight: Gauge,
    pub(crate) late: Late,
}

/// Seconds between when an event was due and its first attempt.
const BOUNDS: [f64; 7] = [0.005, 0.05, 0.5, 5.0, 60.0, 600.0, 3_600.0];

#[derive(Debug, Default)]
pub(crate) struct Late {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    millis: AtomicU64,
}

impl Late {
    pub(crate) fn observe(&self, late: Duration) {
        let seconds = late.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        let millis = u64::try_from(late.as_millis()).unwrap_or(u64::MAX);
        self.millis.fetch_add(millis, Ordering::Relaxed);
    }

    fn expose(&self, text: &mut String) {
        const NAME: &str = "tidegate_trigger_lateness_seconds";
        let help = "Between when an event was due and its first attempt.";
        let _ = writeln!(text, "# HELP {NAME} {help}\n# TYPE {NAME} histogram");
        let mut sum = 0;
        for (index, bucket) in self.buckets.iter().enumerate() {
            sum += bucket.load(Ordering::Relaxed);
            let bound = BOUNDS.get(index).map_or_else(|| "+Inf".to_owned(), f64::to_string);
            let _ = writeln!(text, "{NAME}_bucket{{le=\"{bound}\"}} {sum}");
        }
        let seconds = Duration::from_millis(self.millis.load(Ordering::Relaxed)).as_secs_f64();
        let _ = writeln!(text, "{NAME}_sum {seconds}\n{NAME}_count {sum}");
    }
}

impl Tally {
    /// Prometheus's text format.
    pub(crate) fn expose(&self, waiting: usize) -> String {
        let mut text = String::new();
        let mut one = |name: &str, kind: &str, help: &str, value: u64| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
        };
        let help = "Events that schedules and rules gave to targets.";
        one("tidegate_trigger_fired_total", "counter", help, self.fired.get());
        let help = "Events that targets took.";
        one("tidegate_trigger_taken_total", "counter", help, self.taken.get());
        let help = "Attempts that targets did not take.";
        one("tidegate_trigger_failures_total", "counter", help, self.failed.get());
        let help = "Events that were given up, to dead letters where there are any.";
        one("tidegate_trigger_dropped_total", "counter", help, self.dropped.get());
        let help = "Events that are on their way to a target.";
        let in_flight = self.in_flight.0.load(Ordering::Relaxed);
        one("tidegate_trigger_in_flight", "gauge", help, in_flight);
        let help = "Events that wait for their time or for another attempt.";
        one("tidegate_trigger_waiting", "gauge", help, waiting as u64);
        self.late.expose(&mut text);
        text
    }
}

/// Of one event source mapping, over its changes.
#[derive(Debug, Default)]
pub(crate) struct MappingTally {
    pub(crate) batches: Counter,
    pub(crate) messages: Counter,
    /// Batches of which something comes back.
    pub(crate) failed: Counter,
    /// Attempts at an invocation that found the function busy.
    pub(crate) throttled: Counter,
    pub(crate) in_flight: Gauge,
}

#[derive(Debug, Default)]
pub(crate) struct MappingTallies(Mutex<BTreeMap<String, Arc<MappingTally>>>);

type Read = fn(&MappingTally) -> u64;

const FAMILIES: [(&str, &str, &str, Read); 5] = [
    ("tidegate_mapping_batches_total", "counter", "Batches that ran their function.", |it| {
        it.batches.get()
    }),
    ("tidegate_mapping_messages_total", "counter", "Messages in those batches.", |it| {
        it.messages.get()
    }),
    (
        "tidegate_mapping_failures_total",
        "counter",
        "Batches of which something was not done.",
        |it| it.failed.get(),
    ),
    (
        "tidegate_mapping_throttles_total",
        "counter",
        "Attempts while the function was busy.",
        |it| it.throttled.get(),
    ),
    ("tidegate_mapping_in_flight", "gauge", "Batches that their function has.", |it| {
        it.in_flight.0.load(Ordering::Relaxed)
    }),
];

impl MappingTallies {
    pub(crate) fn of(&self, mapping: &str) -> Arc<MappingTally> {
        Arc::clone(locked(&self.0).entry(mapping.to_owned()).or_default())
    }

    /// Nothing where there never was a mapping.
    pub(crate) fn expose(&self) -> String {
        let all = locked(&self.0).clone();
        let mut text = String::new();
        for (name, kind, help, read) in FAMILIES.into_iter().filter(|_| !all.is_empty()) {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (mapping, tally) in &all {
                let _ = writeln!(text, "{name}{{mapping=\"{mapping}\"}} {}", read(tally));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_is_counted_in_buckets() {
        let tally = Tally::default();
        for millis in [1, 40, 40, 7_000_000] {
            tally.late.observe(Duration::from_millis(millis));
        }
        let entered = tally.in_flight.enter();
        let text = tally.expose(3);
        for line in [
            "tidegate_trigger_lateness_seconds_bucket{le=\"0.005\"} 1",
            "tidegate_trigger_lateness_seconds_bucket{le=\"0.05\"} 3",
            "tidegate_trigger_lateness_seconds_bucket{le=\"3600\"} 3",
            "tidegate_trigger_lateness_seconds_bucket{le=\"+Inf\"} 4",
            "tidegate_trigger_lateness_seconds_sum 7000.081",
            "tidegate_trigger_in_flight 1",
            "tidegate_trigger_waiting 3",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} in {text}");
        }
        drop(entered);
        assert!(tally.expose(0).contains("tidegate_trigger_in_flight 0"));
    }

    #[test]
    fn a_mapping_counts_on_when_it_changes() {
        let all = MappingTallies::default();
        assert_eq!(all.expose(), "");
        all.of("one").batches.count();
        all.of("one").messages.add(7);
        let text = all.expose();
        assert!(text.contains("tidegate_mapping_batches_total{mapping=\"one\"} 1\n"), "{text}");
        assert!(text.contains("tidegate_mapping_messages_total{mapping=\"one\"} 7\n"), "{text}");
    }
}
