//! A frozen copy of a function's code and settings, with the environments that run it.

mod lease;
mod pace;
mod retire;
mod start;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use model::{Account, Clock, Function, FunctionVersion, Moment, Timestamp};
use tokio::runtime::Handle;

use crate::artifacts::Held;
use crate::describe::Code;
use crate::environment::Environment;
use crate::logs::FunctionLog;
use crate::metrics::Cells;
use crate::pool::Pool;
use crate::prepare::Plan;
use crate::process::{Program, Starter};
use crate::{Problem, Settings, Status};

pub(crate) use lease::{Refusal, Ticket};
use pace::Pace;
use retire::Ending;
pub(crate) use start::InitFailure;

/// What all versions share.
#[derive(Debug)]
pub(crate) struct Platform {
    pub(crate) settings: Settings,
    pub(crate) account: Account,
    pub(crate) starter: Starter,
    /// Supervises processes and reads their output.
    pub(crate) control: Handle,
    /// Places in queues, as they were given out.
    pub(crate) tickets: AtomicU64,
    /// That this machine lets the server use.
    pub(crate) processors: usize,
}

#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) platform: Arc<Platform>,
    pub(crate) function: Arc<Function>,
    pub(crate) number: FunctionVersion,
    pub(crate) code: Code,
    /// Counted when somebody asks.
    pub(crate) code_bytes: OnceLock<u64>,
    pub(crate) since: Timestamp,
    /// Differs whenever the code or a setting does.
    pub(crate) digest: String,
    pub(crate) arn: String,
    pub(crate) program: Program,
    /// All but what each environment has of its own.
    pub(crate) variables: Vec<(OsString, OsString)>,
    /// The program is one of our bootstraps, which speak over standard input.
    pub(crate) inherits_channel: bool,
    pub(crate) log: Arc<FunctionLog>,
    pub(crate) cells: Arc<Cells>,
    pub(crate) pace: Pace,
    pub(crate) pool: Mutex<Pool<Box<Environment>, Ticket>>,
    /// Environments whose process is being stopped.
    pub(crate) ending: Arc<Ending>,
    /// Why the last start failed, until one succeeds.
    pub(crate) failure: Mutex<Option<InitFailure>>,
    /// Why no environment of it can ever start.
    pub(crate) trouble: Option<String>,
    /// What of its code lies in the state folder, until it has ended.
    kept: Mutex<Vec<Held>>,
}

impl Version {
    pub(crate) fn new(
        platform: Arc<Platform>,
        plan: Plan,
        log: Arc<FunctionLog>,
        cells: Arc<Cells>,
    ) -> Self {
        let Plan { function, number, code, digest, program, variables, .. } = plan;
        let Plan { inherits_channel, kept, trouble, .. } = plan;
        let Settings { region, account, queue, .. } = &platform.settings;
        let arn = format!("arn:aws:lambda:{region}:{account}:function:{}", function.name);
        let limit = usize::try_from(function.concurrency).unwrap_or(usize::MAX).max(1);
        let since = platform.settings.clock.timestamp();
        let pool = Mutex::new(Pool::new(limit, *queue));
        Self {
            platform,
            function,
            number,
            code,
            code_bytes: OnceLock::new(),
            since,
            digest,
            arn,
            program,
            variables,
            inherits_channel,
            log,
            cells,
            pace: Pace::default(),
            pool,
            ending: Arc::default(),
            failure: Mutex::new(trouble.clone().map(InitFailure::Start)),
            trouble,
            kept: Mutex::new(kept),
        }
    }

    /// What it is made of was made in another way, too, which is then not to be made again.
    pub(crate) fn keep_also(&self, also: Vec<Held>) {
        let mut kept = self.kept();
        for held in also {
            if !kept.contains(&held) {
                kept.push(held);
            }
        }
    }

    /// Its code may go.
    pub(crate) fn let_go(&self) {
        self.kept().clear();
    }

    /// What there is in the state folder for whoever runs the same code again.
    pub(crate) fn artifacts(&self) -> Vec<PathBuf> {
        let kept = self.kept();
        kept.iter().filter(|held| held.is_whole()).map(|held| held.path().to_owned()).collect()
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Held>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a task on the caller's runtime, or on the control runtime outside of one.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let handle = Handle::try_current().unwrap_or_else(|_| self.platform.control.clone());
        handle.spawn(task);
    }

    pub(crate) fn now(&self) -> Moment {
        self.clock().moment()
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.platform.settings.clock
    }

    fn pool(&self) -> MutexGuard<'_, Pool<Box<Environment>, Ticket>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn counts(&self) -> crate::pool::Counts {
        self.pool().counts()
    }

    pub(crate) fn status(&self) -> Status {
        let counts = self.counts();
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let nobody = model::RequestId::given("-");
        Status {
            function: self.function.name.clone(),
            runtime: self.function.runtime.to_string(),
            idle: counts.idle,
            busy: counts.busy,
            starting: counts.starting,
            waiting: counts.waiting,
            failure: failure.as_ref().map(|failure| failure.summary(&nobody)),
        }
    }

    /// How many environments it may have.
    pub(crate) fn bound(&self, limit: u32) {
        self.pool().set_limit(usize::try_from(limit).unwrap_or(usize::MAX).max(1));
    }

    /// How many environments it keeps, though nobody asks for them.
    pub(crate) fn keep_ready(&self, environments: u32) {
        self.pool().set_provisioned(usize::try_from(environments).unwrap_or(usize::MAX));
    }

    /// Why it cannot run, if it cannot.
    pub(crate) fn problem(&self) -> Option<Problem> {
        let reason = match (self.trouble.as_ref()?, self.number) {
            (trouble, FunctionVersion::Latest) => trouble.clone(),
            (trouble, FunctionVersion::Published(number)) => format!("version {number}: {trouble}"),
        };
        Some(Problem { function: self.function.name.clone(), reason })
    }

    fn next_ticket(&self) -> u64 {
        self.platform.tickets.fetch_add(1, Ordering::Relaxed)
    }
}
