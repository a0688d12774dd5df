//! What the requests of a short while were like.

use std::time::Duration;

use model::Moment;

use super::Outcome;

/// Latencies that are kept; the others of a window are counted only.
const SAMPLES: usize = 64;
/// A window is complete when it is this old and has enough answers, or when it has all it can keep.
const SHORTEST: Duration = Duration::from_millis(100);
const ENOUGH: usize = 10;
/// A window that is this old is complete however little it saw.
const LONGEST: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Window {
    began: Option<Moment>,
    latencies: [u64; SAMPLES],
    kept: usize,
    ended: u32,
    overloads: u32,
    most_in_flight: u32,
}

/// A complete window.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    /// The share of requests that met overload.
    pub(super) overload: f64,
    /// In nanoseconds, as is the next; `None` when nothing was answered.
    pub(super) quickest: Option<f64>,
    /// The median.
    pub(super) typical: Option<f64>,
    pub(super) most_in_flight: u32,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            began: None,
            latencies: [0; SAMPLES],
            kept: 0,
            ended: 0,
            overloads: 0,
            most_in_flight: 0,
        }
    }
}

impl Window {
    pub(super) fn add(&mut self, outcome: Outcome, in_flight: u32, now: Moment) {
        self.began.get_or_insert(now);
        self.most_in_flight = self.most_in_flight.max(in_flight);
        match outcome {
            Outcome::Unknown => return,
            Outcome::Overload => self.overloads += 1,
            Outcome::Answered(latency) if self.kept < SAMPLES => {
                self.latencies[self.kept] = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
                self.kept += 1;
            }
            Outcome::Answered(_) => {}
        }
        self.ended += 1;
    }

    /// The window, if it is complete; the next one begins with the next request.
    pub(super) fn take(&mut self, now: Moment) -> Option<Seen> {
        let age = now.since(self.began?);
        let is_complete =
            age >= LONGEST || (age >= SHORTEST && self.kept + self.overloads as usize >= ENOUGH);
        if !is_complete {
            return None;
        }
        let Window { mut latencies, kept, ended, overloads, most_in_flight, .. } =
            std::mem::take(self);
        let latencies = &mut latencies[..kept];
        latencies.sort_unstable();
        Some(Seen {
            overload: f64::from(overloads) / f64::from(ended.max(1)),
            quickest: latencies.first().map(|nanos| *nanos as f64),
            typical: latencies.get(kept / 2).map(|nanos| *nanos as f64),
            most_in_flight,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Moment {
        Moment(millis * 1_000_000)
    }

    fn took(millis: u64) -> Outcome {
        Outcome::Answered(Duration::from_millis(millis))
    }

    #[test]
    fn a_window_ends_by_age_and_content() {
        let mut window = Window::default();
        for number in 0..9 {
            window.add(took(10 + number), 3, at(number));
        }
        assert_eq!(window.take(at(500)), None, "old enough, too little");
        window.add(Outcome::Overload, 7, at(500));
        let seen = window.take(at(500)).expect("complete");
        let (quickest, typical) = (Some(10e6), Some(14e6));
        assert_eq!(seen, Seen { overload: 0.1, quickest, typical, most_in_flight: 7 });
        assert_eq!(window.take(at(2_000)), None, "the next has not begun");
    }

    #[test]
    fn a_quiet_window_ends_after_a_second() {
        let mut window = Window::default();
        window.add(Outcome::Unknown, 1, at(0));
        assert_eq!(window.take(at(999)), None);
        let seen = window.take(at(1_000)).expect("complete");
        assert_eq!((seen.quickest, seen.overload), (None, 0.0));
    }
}
