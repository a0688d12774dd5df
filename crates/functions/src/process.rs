//! Starts and ends the process of an environment.

mod plain;

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use model::{ByteSize, SandboxMode};
use sandbox::Launcher;
use tokio::runtime::Handle;
use tokio::sync::Notify;

/// What to run, the same for every environment of a version.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) directory: PathBuf,
    pub(crate) binds: Vec<sandbox::Bind>,
    pub(crate) memory: ByteSize,
    pub(crate) mode: SandboxMode,
}

/// What one environment's process gets of its own.
#[derive(Debug)]
pub(crate) struct Wiring {
    pub(crate) variables: Vec<(OsString, OsString)>,
    /// The Runtime API's channel, for bootstraps that inherit one.
    pub(crate) stdin: Option<OwnedFd>,
    pub(crate) stdout: OwnedFd,
    pub(crate) stderr: OwnedFd,
}

/// How processes are started.
#[derive(Debug, Clone)]
pub(crate) enum Starter {
    /// As children of this process, unconfined.
    Plain,
    /// By the launcher, confined as far as each function's mode asks for.
    Launcher(Launcher),
}

/// A running process. Dropping the last reference kills it.
#[derive(Debug)]
pub(crate) struct Running {
    ending: Arc<Ending>,
    control: Control,
}

#[derive(Debug)]
enum Control {
    Plain(plain::Group),
    Sandboxed(Arc<sandbox::Process>),
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exit {
    /// `exit status 1`, `signal: killed`.
    pub(crate) reason: String,
    pub(crate) out_of_memory: bool,
}

#[derive(Debug, Default)]
struct Ending {
    exit: OnceLock<Exit>,
    /// Whoever drives the environment.
    driver: AtomicWaker,
    others: Notify,
    /// Bytes.
    memory_peak: AtomicU64,
}

impl Starter {
    /// Lets the launcher make ready for a first environment.
    pub(crate) fn expect(&self, program: &Program) {
        if let Self::Launcher(launcher) = self {
            launcher.expect(&program.spec());
        }
    }

    pub(crate) async fn start(
        &self,
        program: &Program,
        wiring: Wiring,
        control: &Handle,
    ) -> Result<Running, String> {
        match self {
            Self::Plain => plain::start(program, wiring, control),
            Self::Launcher(launcher) => sandboxed(launcher, program, wiring, control).await,
        }
    }
}

impl Program {
    /// What every environment's process is bounded by.
    fn spec(&self) -> sandbox::Spec {
        let mut spec = sandbox::Spec::new(self.path.clone(), self.mode);
        spec.limits.memory = Some(self.memory);
        spec
    }
}

async fn sandboxed(
    launcher: &Launcher,
    program: &Program,
    wiring: Wiring,
    control: &Handle,
) -> Result<Running, String> {
    let mut spec = program.spec();
    spec.arguments.clone_from(&program.arguments);
    spec.environment = wiring.variables;
    spec.working_directory.clone_from(&program.directory);
    spec.binds.clone_from(&program.binds);
    spec.stdin = wiring.stdin;
    spec.stdout = Some(wiring.stdout);
    spec.stderr = Some(wiring.stderr);
    let process = launcher.spawn(spec).await.map_err(|error| error.to_string())?;
    let process = Arc::new(process);
    let ending = Arc::<Ending>::default();
    let (watched, told) = (Arc::clone(&process), Arc::clone(&ending));
    control.spawn(async move {
        let exit = watched.exited().await;
        told.memory_peak.fetch_max(exit.usage.memory_peak, Ordering::Relaxed);
        told.end(Exit { reason: reason(exit.reason), out_of_memory: exit.out_of_memory });
    });
    Ok(Running { ending, control: Control::Sandboxed(process) })
}

fn reason(reason: sandbox::ExitReason) -> String {
    match reason {
        sandbox::ExitReason::Code(code) => format!("exit status {code}"),
        sandbox::ExitReason::Signal(signal) => signalled(signal),
        sandbox::ExitReason::LauncherLost => "the launcher ended".to_owned(),
    }
}

/// Spells a signal as Lambda does.
fn signalled(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        4 => "illegal instruction",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        15 => "terminated",
        31 => "bad system call",
        other => return format!("signal: {other}"),
    };
    format!("signal: {name}")
}

impl Running {
    /// The exit, if it has happened; otherwise wakes the driver when it does.
    pub(crate) fn poll_exit(&self, cx: &mut Context<'_>) -> Poll<Exit> {
        if self.ending.exit.get().is_none() {
            self.ending.driver.register(cx.waker());
        }
        match self.ending.exit.get() {
            Some(exit) => Poll::Ready(exit.clone()),
            None => Poll::Pending,
        }
    }

    pub(crate) fn exit(&self) -> Option<&Exit> {
        self.ending.exit.get()
    }

    /// Completes when the process is gone; any number of tasks may wait.
    pub(crate) async fn exited(&self) {
        let mut others = std::pin::pin!(self.ending.others.notified());
        others.as_mut().enable();
        if self.exit().is_none() {
            others.await;
        }
    }

    pub(crate) fn terminate(&self) {
        const SIGTERM: i32 = 15;
        match &self.control {
            Control::Plain(group) => group.signal(SIGTERM),
            Control::Sandboxed(process) => process.signal(SIGTERM),
        }
    }

    /// Lets the program run on this processor alone, or anywhere.
    pub(crate) fn place(&self, processor: Option<u16>) {
        match &self.control {
            Control::Sandboxed(process) => process.place(processor),
            // Only the launcher can, without asking who the process is by now.
            Control::Plain(_) => {}
        }
    }

    pub(crate) fn kill(&self) {
        match &self.control {
            Control::Plain(group) => group.kill(),
            Control::Sandboxed(process) => process.kill(),
        }
    }

    /// Most memory used so far, in bytes. Reads a file: not for every invocation.
    pub(crate) fn sample_memory(&self) -> u64 {
        let sampled = match &self.control {
            Control::Plain(group) => group.memory_peak(),
            Control::Sandboxed(process) => process.memory_peak(),
        };
        let known = self.ending.memory_peak.fetch_max(sampled.unwrap_or(0), Ordering::Relaxed);
        known.max(sampled.unwrap_or(0))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.exit().is_none() {
            self.kill();
        }
    }
}

impl Ending {
    fn end(&self, exit: Exit) {
        // A process ends once; whoever comes second has nothing to add.
        let _ = self.exit.set(exit);
        self.driver.wake();
        self.others.notify_waiters();
    }
}
