//! The functions of a stack and what can be done with all of them.

mod arrange;
mod install;
mod line;
mod retire;
mod takeover;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use model::{Account, Bound, FunctionName, InvokeRefusal};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::artifacts::Artifacts;
use crate::bootstrap::Bootstraps;
use crate::build::Builder;
use crate::ceiling::Ceiling;
use crate::code::{ArchiveLimits, Stage};
use crate::interpreter::Interpreters;
use crate::libraries::Imports;
use crate::logs::Logs;
use crate::metrics::{self, Cells, Sample};
use crate::process::Starter;
use crate::version::{Platform, Version};
use crate::{Problem, Settings};
use arrange::Parts;

pub(crate) use line::Line;

pub use arrange::{Arrangement, Ready};
pub use install::{Installation, Warming};

/// How often idle and old environments are looked for.
const SWEEP: Duration = Duration::from_secs(1);

pub(crate) type Lines = HashMap<FunctionName, Line, foldhash::fast::RandomState>;

/// Runs the functions of a stack. One per server; cheap to share.
#[derive(Debug)]
pub struct Functions {
    pub(crate) platform: Arc<Platform>,
    pub(crate) bootstraps: Bootstraps,
    pub(crate) interpreters: Interpreters,
    pub(crate) builder: Builder,
    pub(crate) stage: Arc<Stage>,
    pub(crate) artifacts: Arc<Artifacts>,
    pub(crate) imports: Arc<Imports>,
    logs: Arc<Logs>,
    lines: ArcSwap<Lines>,
    /// Of all functions that have none reserved.
    unreserved: Arc<Ceiling>,
    parts: Mutex<Parts>,
    /// Told whenever a version that had to start first took over, or did not.
    taken_over: Notify,
    /// Versions that were replaced and may still be busy.
    retired: Mutex<Vec<Arc<Version>>>,
    cells: Mutex<BTreeMap<FunctionName, Arc<Cells>>>,
    stopping: AtomicBool,
    tasks: Mutex<Vec<AbortHandle>>,
}

/// A function as it stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    pub function: FunctionName,
    pub runtime: String,
    pub idle: usize,
    pub busy: usize,
    pub starting: usize,
    pub waiting: usize,
    /// Why the last environment failed to start, until one starts.
    pub failure: Option<String>,
}

impl Functions {
    /// Call it inside the control runtime: process supervision and logs stay there.
    pub fn new(settings: Settings) -> io::Result<Arc<Self>> {
        let artifacts = Artifacts::open(&settings.state)?;
        let bootstraps = Bootstraps::install(&settings.state)?;
        let logs = Arc::new(Logs::new(settings.state.join("logs")));
        let starter = match &settings.launcher {
            Some(launcher) => Starter::Launcher(launcher.clone()),
            None => Starter::Plain,
        };
        let control = Handle::current();
        let interpreters = Interpreters::new(&settings.path);
        let clock = Arc::clone(&settings.clock);
        let builder = Builder::new(Arc::clone(&artifacts), settings.path.clone(), clock);
        let stage = Arc::new(Stage::new(Arc::clone(&artifacts), ArchiveLimits::default()));
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let tickets = AtomicU64::new(1);
        let unreserved = Ceiling::new(Bound::Account, settings.account_concurrency);
        let account = Account {
            id: settings.account.as_str().into(),
            region: settings.region.as_str().into(),
        };
        let platform =
            Arc::new(Platform { settings, account, starter, control, tickets, processors });
        let functions = Arc::new(Self {
            platform,
            bootstraps,
            interpreters,
            builder,
            stage,
            artifacts,
            imports: Arc::default(),
            logs,
            lines: ArcSwap::default(),
            unreserved: Arc::new(unreserved),
            parts: Mutex::default(),
            taken_over: Notify::new(),
            retired: Mutex::default(),
            cells: Mutex::default(),
            stopping: AtomicBool::new(false),
            tasks: Mutex::default(),
        });
        functions.begin_tasks();
        Ok(functions)
    }

    fn begin_tasks(self: &Arc<Self>) {
        let writing = tokio::spawn(Arc::clone(&self.logs).keep_writing());
        let telling = tokio::spawn(Arc::clone(&self.logs).keep_telling());
        let weak = Arc::downgrade(self);
        let sweeping = tokio::spawn(async move {
            let mut interval = tokio::time::interval(SWEEP);
            loop {
                interval.tick().await;
                let Some(functions) = weak.upgrade() else { return };
                functions.sweep();
            }
        });
        self.tasks().extend([
            writing.abort_handle(),
            telling.abort_handle(),
            sweeping.abort_handle(),
        ]);
    }

    /// How many invocations of a function may run at once; of one that is not there, one may be tried.
    pub(crate) fn width(&self, function: &FunctionName) -> usize {
        self.lines.load().get(function).map_or(1, Line::width)
    }

    pub(crate) fn account(&self) -> &Account {
        &self.platform.account
    }

    fn refuse_while_stopping(&self) -> Result<(), InvokeRefusal> {
        match self.stopping.load(Ordering::Relaxed) {
            true => Err(InvokeRefusal::Stopping),
            false => Ok(()),
        }
    }

    pub(crate) fn lines(&self) -> Arc<Lines> {
        self.lines.load_full()
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tasks(&self) -> MutexGuard<'_, Vec<AbortHandle>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prometheus text, one sample a line.
    pub fn metrics(&self) -> String {
        let lines = self.lines.load();
        let cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        let samples: Vec<Sample<'_>> = cells
            .iter()
            .map(|(function, cells)| {
                let versions = lines.get(function).into_iter().flat_map(Line::versions);
                let counts = versions.map(|version| version.counts()).sum();
                Sample { function, cells, counts }
            })
            .collect();
        metrics::expose(&samples)
    }

    /// What functions are made of, and processes as well.
    pub fn artifacts(&self) -> &Arc<Artifacts> {
        &self.artifacts
    }

    /// What there is in the state folder for whoever runs the code of a function's `$LATEST` again.
    pub fn artifacts_of(&self, function: &FunctionName) -> Vec<PathBuf> {
        self.lines.load().get(function).map(|line| line.latest.artifacts()).unwrap_or_default()
    }

    pub fn logs(&self) -> &Arc<Logs> {
        &self.logs
    }

    /// What is there and cannot run.
    pub fn unusable(&self) -> Vec<Problem> {
        let lines = self.lines.load();
        let versions = lines.values().flat_map(Line::versions);
        let mut all: Vec<_> = versions.filter_map(|version| version.problem()).collect();
        all.sort_by(|a, b| (&a.function, &a.reason).cmp(&(&b.function, &b.reason)));
        all
    }

    /// Every function as it stands, by name.
    pub fn status(&self) -> Vec<Status> {
        let lines = self.lines.load();
        let mut all: Vec<Status> = lines.values().map(|line| line.latest.status()).collect();
        all.sort_by(|a, b| a.function.cmp(&b.function));
        all
    }
}

impl Drop for Functions {
    fn drop(&mut self) {
        for task in self.tasks().drain(..) {
            task.abort();
        }
    }
}
