//! The cells one worker writes for one route.

use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use http::Method;

use super::{Measured, add};

/// Upper bounds in nanoseconds: OpenTelemetry's advice, which starts at 5 ms, and four below it for
/// warm functions.
pub(super) const BOUNDS: [(u64, &str); 18] = [
    (250_000, "0.00025"),
    (500_000, "0.0005"),
    (1_000_000, "0.001"),
    (2_500_000, "0.0025"),
    (5_000_000, "0.005"),
    (10_000_000, "0.01"),
    (25_000_000, "0.025"),
    (50_000_000, "0.05"),
    (75_000_000, "0.075"),
    (100_000_000, "0.1"),
    (250_000_000, "0.25"),
    (500_000_000, "0.5"),
    (750_000_000, "0.75"),
    (1_000_000_000, "1"),
    (2_500_000_000, "2.5"),
    (5_000_000_000, "5"),
    (7_500_000_000, "7.5"),
    (10_000_000_000, "10"),
];

/// A histogram of durations.
#[derive(Default)]
pub(super) struct Durations {
    pub(super) buckets: [AtomicU64; BOUNDS.len() + 1],
    pub(super) nanos: AtomicU64,
}

impl Durations {
    pub(super) fn record(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().position(|(bound, _)| nanos <= *bound).unwrap_or(BOUNDS.len());
        add(&self.buckets[bucket], 1);
        add(&self.nanos, nanos);
    }
}

/// Sizes of bodies: how many, and how many bytes.
#[derive(Default)]
pub(super) struct Sizes {
    pub(super) count: AtomicU64,
    pub(super) bytes: AtomicU64,
}

impl Sizes {
    fn record(&self, bytes: u64) {
        add(&self.count, 1);
        add(&self.bytes, bytes);
    }
}

/// Pairs of method and status that are counted apart; a function that makes up more of them finds
/// the rest counted together, so that it cannot fill the memory.
const PAIRS: usize = 32;

/// One worker's cells of one route.
#[derive(Default)]
pub(crate) struct RouteCells {
    pairs: [OnceLock<Box<Pair>>; PAIRS],
    rest: Durations,
    pub(super) requests: Sizes,
    pub(super) responses: Sizes,
}

struct Pair {
    method: &'static str,
    status: u16,
    durations: Durations,
}

impl RouteCells {
    pub(super) fn record(&self, measured: &Measured<'_>) {
        self.durations(method(measured.method), measured.status).record(measured.duration);
        self.requests.record(measured.request_bytes);
        self.responses.record(measured.response_bytes);
    }

    fn durations(&self, method: &'static str, status: u16) -> &Durations {
        // Spread by what differs most; the probe is short because few pairs occur.
        let start = usize::from(status) + method.len() * 7;
        for step in 0..PAIRS {
            let slot = &self.pairs[(start + step) % PAIRS];
            let pair = slot
                .get_or_init(|| Box::new(Pair { method, status, durations: Durations::default() }));
            if pair.status == status && std::ptr::eq(pair.method, method) {
                return &pair.durations;
            }
        }
        &self.rest
    }

    /// Calls `each` with every method, status and histogram; the rest has neither.
    pub(super) fn for_each<'a>(&'a self, mut each: impl FnMut(&'static str, u16, &'a Durations)) {
        for pair in self.pairs.iter().filter_map(OnceLock::get) {
            each(pair.method, pair.status, &pair.durations);
        }
        each("_OTHER", 0, &self.rest);
    }
}

/// Methods that are not HTTP's own are `_OTHER`, as OpenTelemetry wants, since clients make them up.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => "_OTHER",
    }
}
