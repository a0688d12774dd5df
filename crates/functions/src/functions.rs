//! The functions of a stack and what can be done with all of them.

mod arrange;
mod line;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use model::{Account, Bound, FunctionName, InvokeRefusal, RequestId};
use tokio::runtime::Handle;
use tokio::task::{AbortHandle, JoinHandle};

use crate::bootstrap::Bootstraps;
use crate::build::Builder;
use crate::ceiling::Ceiling;
use crate::code::{ArchiveLimits, Stage};
use crate::interpreter::Interpreters;
use crate::logs::Logs;
use crate::metrics::{self, Cells, Sample};
use crate::process::Starter;
use crate::version::{InitFailure, Platform, Version};
use crate::{Prepared, Problem, Progress, Settings, Silent};
use arrange::{Group, Parts, Versions};
use line::Line;

pub use arrange::{Arrangement, Ready};

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
    logs: Arc<Logs>,
    lines: ArcSwap<Lines>,
    /// Of all functions that have none reserved.
    unreserved: Arc<Ceiling>,
    parts: Mutex<Parts>,
    /// Versions that were replaced and may still be busy.
    retired: Mutex<Vec<Arc<Version>>>,
    cells: Mutex<BTreeMap<FunctionName, Arc<Cells>>>,
    stopping: AtomicBool,
    tasks: Mutex<Vec<AbortHandle>>,
}

/// What became of an installation.
#[derive(Debug, Default)]
pub struct Installation {
    /// Functions whose new version failed to start; with one of them, everything stayed as it was.
    pub failed: Vec<Problem>,
}

/// Which functions have to start before an installation changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warming {
    /// Those that take the place of one that serves.
    Replaced,
    /// Those that are new, too.
    All,
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
        let bootstraps = Bootstraps::install(&settings.state)?;
        let logs = Arc::new(Logs::new(settings.state.join("logs")));
        let starter = match &settings.launcher {
            Some(launcher) => Starter::Launcher(launcher.clone()),
            None => Starter::Plain,
        };
        let control = Handle::current();
        let interpreters = Interpreters::new(&settings.path);
        let clock = Arc::clone(&settings.clock);
        let builder = Builder::new(settings.state.join("build"), settings.path.clone(), clock);
        let stage = Arc::new(Stage::new(settings.state.join("stage"), ArchiveLimits::default()));
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let environments = AtomicU64::new(1);
        let unreserved = Ceiling::new(Bound::Account, settings.account_concurrency);
        let account = Account {
            id: settings.account.as_str().into(),
            region: settings.region.as_str().into(),
        };
        let platform =
            Arc::new(Platform { settings, account, starter, control, environments, processors });
        let functions = Arc::new(Self {
            platform,
            bootstraps,
            interpreters,
            builder,
            stage,
            logs,
            lines: ArcSwap::default(),
            unreserved: Arc::new(unreserved),
            parts: Mutex::default(),
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
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.extend([writing.abort_handle(), telling.abort_handle(), sweeping.abort_handle()]);
    }

    /// Stops environments that are idle for too long, too old, or ended by themselves. It happens
    /// every second anyway.
    pub fn sweep(&self) {
        for version in self.lines.load().values().flat_map(Line::versions) {
            version.retire_expired();
            version.start_provisioned();
        }
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        retired.retain(|version| {
            let counts = version.counts();
            counts.busy + counts.starting > 0
        });
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

    /// Makes `prepared` the stack's functions. A changed function's new version starts one
    /// environment while the old version serves, and takes over when that succeeds; a function
    /// that is no longer named is retired. If one of the new versions fails to start, nothing
    /// changes at all: functions of one stack belong together.
    pub async fn install(self: &Arc<Self>, prepared: Prepared) -> Installation {
        self.renew(Group::Stack, prepared, Warming::Replaced, &Silent).await
    }

    /// As [`Self::install`], and says which functions start and have started.
    pub async fn install_warm(
        self: &Arc<Self>,
        prepared: Prepared,
        warming: Warming,
        progress: &dyn Progress,
    ) -> Installation {
        self.renew(Group::Stack, prepared, warming, progress).await
    }

    /// As [`Self::install`], of the functions that are not the stack's.
    pub async fn install_made(self: &Arc<Self>, prepared: Prepared) -> Installation {
        self.renew(Group::Made, prepared, Warming::Replaced, &Silent).await
    }

    /// Makes `prepared` the versions that there are beside `$LATEST`.
    pub async fn install_published(self: &Arc<Self>, prepared: Prepared) -> Installation {
        self.renew(Group::Published, prepared, Warming::Replaced, &Silent).await
    }

    async fn renew(
        self: &Arc<Self>,
        group: Group,
        prepared: Prepared,
        which: Warming,
        progress: &dyn Progress,
    ) -> Installation {
        let current = self.parts().group(group).clone();
        let mut next = Versions::default();
        let mut warming = Vec::new();
        for plan in prepared.plans {
            let key = (plan.function.name.clone(), plan.number);
            let version = match current.get(&key) {
                Some(same) if same.digest == plan.digest => Arc::clone(same),
                old => {
                    let version = Arc::new(self.compile(plan));
                    // Two environments cannot have one debugger's port.
                    let is_debugged = self.platform.settings.debugs(&version.function.name);
                    if (old.is_some() || which == Warming::All) && !is_debugged {
                        progress.step(&version.function.name, "starting");
                        let warmed = Arc::clone(&version);
                        let task = tokio::spawn(async move { warmed.warm_up().await });
                        warming.push((Arc::clone(&version), task));
                    }
                    version
                }
            };
            next.insert(key, version);
        }
        let failed = await_warm(&mut warming, progress).await;
        if failed.is_empty() {
            self.change(|parts| *parts.group(group) = next);
        } else {
            self.retire(warming.into_iter().map(|(version, _)| version));
        }
        Installation { failed }
    }

    pub(crate) fn lines(&self) -> Arc<Lines> {
        self.lines.load_full()
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn retire(&self, versions: impl IntoIterator<Item = Arc<Version>>) {
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        for version in versions {
            version.retire();
            retired.push(version);
        }
    }

    fn compile(&self, plan: crate::prepare::Plan) -> Version {
        let name = plan.function.name.clone();
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        let cells = Arc::clone(cells.entry(name.clone()).or_default());
        Version::new(Arc::clone(&self.platform), plan, self.logs.of(&name), cells)
    }

    /// Refuses new invocations, lets those that run finish for up to `grace`, stops everything.
    pub async fn drain(&self, grace: Duration) {
        const LOOK: Duration = Duration::from_millis(10);
        self.stopping.store(true, Ordering::Relaxed);
        let lines = self.lines.load_full();
        let mut versions: Vec<Arc<Version>> =
            lines.values().flat_map(Line::versions).cloned().collect();
        versions.extend(self.retired.lock().unwrap_or_else(PoisonError::into_inner).drain(..));
        for version in &versions {
            version.retire();
        }
        let settled = async {
            while versions.iter().any(|version| version.is_working()) {
                tokio::time::sleep(LOOK).await;
            }
        };
        if tokio::time::timeout(grace, settled).await.is_err() {
            for version in &versions {
                version.dismiss();
            }
        }
        for version in &versions {
            version.ended().await;
        }
        self.logs.flush();
        for task in self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            task.abort();
        }
    }

    /// The code of versions that were replaced and have yet to end.
    pub fn code_in_use(&self) -> Vec<PathBuf> {
        let retired = self.retired();
        let functions = retired.iter().map(|version| &version.function);
        functions.flat_map(|it| std::iter::once(&it.code).chain(&it.layers)).cloned().collect()
    }

    /// Completes when every version that was replaced has answered its last invocation and ended.
    pub async fn settle(&self) {
        const LOOK: Duration = Duration::from_millis(10);
        for version in self.retired() {
            while version.is_working() {
                tokio::time::sleep(LOOK).await;
            }
            version.ended().await;
        }
    }

    fn retired(&self) -> Vec<Arc<Version>> {
        self.retired.lock().unwrap_or_else(PoisonError::into_inner).clone()
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

    pub fn logs(&self) -> &Arc<Logs> {
        &self.logs
    }

    /// Every function as it stands, by name.
    pub fn status(&self) -> Vec<Status> {
        let lines = self.lines.load();
        let mut all: Vec<Status> = lines.values().map(|line| line.latest.status()).collect();
        all.sort_by(|a, b| a.function.cmp(&b.function));
        all
    }
}

type Starting = (Arc<Version>, JoinHandle<Result<(), InitFailure>>);

/// Waits for every version that is starting, and returns those that could not.
async fn await_warm(warming: &mut [Starting], progress: &dyn Progress) -> Vec<Problem> {
    let mut failed = Vec::new();
    for (version, task) in warming {
        let reason = match task.await {
            Ok(Ok(())) => {
                progress.step(&version.function.name, "started");
                continue;
            }
            Ok(Err(failure)) => failure.summary(&RequestId::given("-")),
            Err(error) => error.to_string(),
        };
        failed.push(Problem { function: version.function.name.clone(), reason });
    }
    failed
}

impl Drop for Functions {
    fn drop(&mut self) {
        for task in self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            task.abort();
        }
    }
}
