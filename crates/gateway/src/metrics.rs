//! Counters and histograms. Each worker has cells of its own, found when the plan is compiled, so a
//! request touches neither labels nor locks; they are merged when somebody asks.

mod cells;
mod gates;
mod limits;
mod text;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::Method;

use cells::Durations;
pub(crate) use cells::RouteCells;
pub(crate) use gates::gates;
pub(crate) use limits::{LimitMetrics, Outcome};

use crate::refusal::Refusal;
use crate::report::LimitReport;
use crate::upstream::Traffic;

/// Everything counted since the process began. Series survive a change of plan: a route that comes
/// back under its name counts on.
pub(crate) struct Metrics {
    workers: Box<[WorkerCells]>,
    series: Mutex<Series>,
}

#[derive(Default)]
struct Series {
    routes: BTreeMap<(Box<str>, Box<str>), Arc<RouteMetrics>>,
    upstreams: BTreeMap<Box<str>, Arc<UpstreamMetrics>>,
    limits: BTreeMap<(Box<str>, Box<str>), Arc<LimitMetrics>>,
    traffic: Vec<Arc<Traffic>>,
}

/// What one worker counts whatever the route. Aligned, so that workers do not share cache lines.
#[repr(align(128))]
#[derive(Default)]
pub(crate) struct WorkerCells {
    active: AtomicU64,
    refusals: [AtomicU64; Refusal::NAMES.len()],
    lost_lines: AtomicU64,
}

/// One route template of one API; routes that differ in the method share it.
pub(crate) struct RouteMetrics {
    cells: Box<[RouteCells]>,
}

pub(crate) struct UpstreamMetrics {
    cells: Box<[Durations]>,
}

impl Metrics {
    pub(crate) fn new(workers: usize) -> Self {
        let workers = (0..workers).map(|_| WorkerCells::default()).collect();
        Self { workers, series: Mutex::default() }
    }

    pub(crate) fn worker(&self, index: usize) -> &WorkerCells {
        &self.workers[index]
    }

    /// Requests under way, over all workers.
    pub(crate) fn active(&self) -> u64 {
        self.workers.iter().map(|worker| worker.active.load(Relaxed)).sum()
    }

    /// Includes what a worker's upstream connections count themselves.
    pub(crate) fn include(&self, traffic: &Arc<Traffic>) {
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        series.traffic.push(Arc::clone(traffic));
    }

    pub(crate) fn route(&self, api: &str, template: &str) -> Arc<RouteMetrics> {
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let cells = || (0..self.workers.len()).map(|_| RouteCells::default()).collect();
        let entry = series.routes.entry((api.into(), template.into()));
        Arc::clone(entry.or_insert_with(|| Arc::new(RouteMetrics { cells: cells() })))
    }

    pub(crate) fn upstream(&self, name: &str) -> Arc<UpstreamMetrics> {
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let cells = || (0..self.workers.len()).map(|_| Durations::default()).collect();
        let entry = series.upstreams.entry(name.into());
        Arc::clone(entry.or_insert_with(|| Arc::new(UpstreamMetrics { cells: cells() })))
    }

    pub(crate) fn limit(&self, api: &str, policy: &str) -> Arc<LimitMetrics> {
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = series.limits.entry((api.into(), policy.into()));
        Arc::clone(entry.or_insert_with(|| Arc::new(LimitMetrics::new(self.workers.len()))))
    }

    /// Every limit that was ever in force, with the keys it denied most.
    pub(crate) fn limits(&self, most: usize) -> Vec<LimitReport> {
        let series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let all = series.limits.iter();
        all.map(|((api, policy), metrics)| LimitReport::of(api, policy, metrics, most)).collect()
    }

    pub(crate) fn render(&self) -> String {
        let series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        text::render(&self.workers, &series)
    }
}

/// A cell has one writer, so a load and a store will do.
fn add(cell: &AtomicU64, amount: u64) {
    cell.store(cell.load(Relaxed).wrapping_add(amount), Relaxed);
}

impl WorkerCells {
    pub(crate) fn began(&self) {
        add(&self.active, 1);
    }

    pub(crate) fn ended(&self) {
        self.active.store(self.active.load(Relaxed).saturating_sub(1), Relaxed);
    }

    pub(crate) fn refused(&self, refusal: Refusal) {
        add(&self.refusals[refusal.index()], 1);
    }

    pub(crate) fn lost(&self, lines: u64) {
        add(&self.lost_lines, lines);
    }
}

/// The measures of one finished request.
pub(crate) struct Measured<'a> {
    pub(crate) method: &'a Method,
    pub(crate) status: u16,
    pub(crate) duration: Duration,
    pub(crate) request_bytes: u64,
    pub(crate) response_bytes: u64,
}

impl RouteMetrics {
    pub(crate) fn record(&self, worker: usize, measured: &Measured<'_>) {
        self.cells[worker].record(measured);
    }
}

impl UpstreamMetrics {
    pub(crate) fn record(&self, worker: usize, duration: Duration) {
        self.cells[worker].record(duration);
    }
}
