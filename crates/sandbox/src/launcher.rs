//! The client of the launcher process.

mod link;

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use model::SandboxMode;

pub(crate) use self::link::Link;
use crate::channel::Channel;
use crate::message::{CONFINED, PLAIN};
use crate::{Capabilities, MissingLayers, Process, Spec};

/// Starts processes through a launcher process. Dropping the last clone ends the launcher and with it
/// every process it started; so does the death of this process, however it dies.
#[derive(Debug, Clone)]
pub struct Launcher {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    executable: PathBuf,
    arguments: Vec<String>,
    confined: Mutex<Arc<Link>>,
    /// Processes that are not to be confined come from a launcher that is not itself; it is started
    /// when first needed.
    plain: Mutex<Option<Arc<Link>>>,
}

/// Why the launcher did not start.
#[derive(Debug, thiserror::Error)]
pub enum LauncherError {
    #[error("the sandbox launcher `{executable}` did not start: {source}")]
    Start { executable: PathBuf, source: io::Error },
    #[error(
        "the sandbox launcher `{executable}` did not introduce itself: {reason}; is it the same version?"
    )]
    Introduction { executable: PathBuf, reason: String },
}

/// Why a process did not start.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    #[error("the sandbox launcher is gone, and every process it had started with it; restart it")]
    LauncherLost,
    #[error(transparent)]
    Launcher(#[from] LauncherError),
    #[error(transparent)]
    Missing(#[from] MissingLayers),
    #[error(
        "program, arguments, environment and paths of a process take {size} bytes, more than the {max} allowed"
    )]
    TooLarge { size: usize, max: usize },
    #[error("{count} file descriptors were to be inherited, more than the {max} allowed")]
    TooManyFiles { count: usize, max: usize },
    #[error("{what} contains a zero byte")]
    ZeroByte { what: &'static str },
    #[error("cannot {step}: {source}")]
    Step { step: String, source: io::Error },
}

impl Launcher {
    /// Runs `executable arguments..`, which must call [`crate::launcher_main`], and waits the few
    /// milliseconds it takes to probe this machine.
    pub fn start(executable: &Path, arguments: &[&str]) -> Result<Self, LauncherError> {
        let arguments: Vec<String> = arguments.iter().map(|&a| a.to_owned()).collect();
        let link = connect(executable, &arguments, CONFINED)?;
        let shared = Shared {
            executable: executable.to_owned(),
            arguments,
            confined: Mutex::new(Arc::new(link)),
            plain: Mutex::new(None),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// What this machine offers.
    pub fn capabilities(&self) -> Arc<Capabilities> {
        self.link().capabilities()
    }

    /// Starts a process; returns once its program has replaced the launcher's image.
    pub async fn spawn(&self, spec: Spec) -> Result<Process, SpawnError> {
        if spec.mode == SandboxMode::Off {
            return self.plain().await?.spawn(spec).await;
        }
        let link = self.link();
        link.capabilities().check(spec.mode)?;
        link.spawn(spec).await
    }

    /// Says that a process like this one will probably be started soon. What can be decided without
    /// its program is made ready, so that the first start is as quick as those that follow.
    pub fn expect(&self, spec: &Spec) {
        if spec.mode != SandboxMode::Off {
            self.link().expect(spec);
        }
    }

    /// Completes when the launcher has died.
    pub async fn lost(&self) {
        self.link().lost().await;
    }

    /// Starts a new launcher process if the old one died; processes of the old one are gone.
    pub fn restart(&self) -> Result<(), LauncherError> {
        let mut link = self.shared.confined.lock().unwrap_or_else(PoisonError::into_inner);
        if link.is_lost() {
            *link = Arc::new(connect(&self.shared.executable, &self.shared.arguments, CONFINED)?);
        }
        Ok(())
    }

    /// The launcher's pid.
    pub fn pid(&self) -> u32 {
        self.link().pid()
    }

    fn link(&self) -> Arc<Link> {
        Arc::clone(&self.shared.confined.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Started off the calling thread, which may serve requests, and on a processor of its own that
    /// the launcher would be kept to as well.
    async fn plain(&self) -> Result<Arc<Link>, LauncherError> {
        let launcher = self.clone();
        let started = tokio::task::spawn_blocking(move || launcher.shared.plain()).await;
        started.unwrap_or_else(|error| {
            let executable = self.shared.executable.clone();
            Err(LauncherError::Start { executable, source: io::Error::other(error) })
        })
    }
}

impl Shared {
    fn plain(&self) -> Result<Arc<Link>, LauncherError> {
        let mut plain = self.plain.lock().unwrap_or_else(PoisonError::into_inner);
        match plain.as_ref().filter(|link| !link.is_lost()) {
            Some(link) => Ok(Arc::clone(link)),
            None => {
                let link = Arc::new(connect(&self.executable, &self.arguments, PLAIN)?);
                *plain = Some(Arc::clone(&link));
                Ok(link)
            }
        }
    }
}

/// The launcher is handed its socket as standard input, inherits no environment, and has a process
/// group of its own, so that a terminal's Ctrl-C reaches the server alone.
fn connect(executable: &Path, arguments: &[String], purpose: &[u8]) -> Result<Link, LauncherError> {
    let failed = |source| LauncherError::Start { executable: executable.to_owned(), source };
    let (ours, theirs) = Channel::pair().map_err(failed)?;
    ours.send(purpose, &[]).map_err(failed)?;
    let child = {
        use std::os::unix::process::CommandExt;
        Command::new(executable)
            .args(arguments)
            .env_clear()
            .process_group(0)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::from(File::options().write(true).open("/dev/null").map_err(failed)?))
            .spawn()
            .map_err(failed)?
    };
    Link::open(ours, child)
        .map_err(|reason| LauncherError::Introduction { executable: executable.to_owned(), reason })
}
