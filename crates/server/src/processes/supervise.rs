//! One version of a process that is kept running: what it is made of, how it stands, and when it is to end.

mod live;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use functions::artifacts::Held;
use functions::logs::{Logs, ProcessLog};
use model::{Clock, Process, ProcessName};
use sandbox::Launcher;
use tokio::sync::{oneshot, watch};

use super::port::Port;
use super::prepare::Plan;

/// What every version needs from outside.
#[derive(Clone)]
pub(crate) struct Ground {
    pub(crate) launcher: Launcher,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) logs: Arc<Logs>,
}

/// Says once whether a version came to serve.
pub(crate) type Served = oneshot::Receiver<Result<(), String>>;

/// A process with its settings, its code and its port, for as long as none of them changes.
pub(crate) struct Version {
    plan: Plan,
    port: Arc<Port>,
    ground: Ground,
    log: ProcessLog,
    life: Mutex<Life>,
    stop: watch::Sender<bool>,
    ended: watch::Sender<bool>,
    /// What of its code lies in the state folder, until it has ended.
    kept: Mutex<Vec<Held>>,
}

#[derive(Debug, Default)]
struct Life {
    phase: Phase,
    pid: Option<u32>,
    restarts: u64,
    last_end: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum Phase {
    #[default]
    Starting,
    Serving,
    /// It died, and is started again after a pause.
    Waiting,
    Stopping,
}

/// A process as it stands.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    pub(crate) process: ProcessName,
    phase: Phase,
    port: u16,
    /// The first process of its sandbox.
    pid: Option<u32>,
    pub(crate) restarts: u64,
    /// How it ended the last time.
    last_end: Option<String>,
}

impl Status {
    pub(crate) fn is_serving(&self) -> bool {
        self.phase == Phase::Serving
    }
}

impl Ground {
    /// Starts a process and keeps it running. Must be called on the control runtime.
    pub(crate) fn begin(
        &self,
        mut plan: Plan,
        port: Arc<Port>,
    ) -> Result<(Arc<Version>, Served), String> {
        let log = self.logs.process(&plan.process.name, Arc::clone(&self.clock));
        let (tell, served) = oneshot::channel();
        let kept = Mutex::new(std::mem::take(&mut plan.kept));
        let version = Arc::new(Version {
            plan,
            port,
            ground: self.clone(),
            log: log.map_err(|error| error.to_string())?,
            life: Mutex::default(),
            stop: watch::Sender::new(false),
            ended: watch::Sender::new(false),
            kept,
        });
        tokio::spawn(Arc::clone(&version).keep(tell));
        Ok((version, served))
    }
}

impl Version {
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(super) fn process(&self) -> &Process {
        &self.plan.process
    }

    pub(super) fn port(&self) -> u16 {
        self.port.number()
    }

    pub(crate) fn is_of(&self, plan: &Plan) -> bool {
        self.plan.digest == plan.digest
    }

    /// Asks it to end; what it is about to answer, it may still answer.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    pub(crate) async fn ended(&self) {
        // The sender lives as long as this.
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    /// Asked to, or since it never came to serve.
    pub(crate) fn has_ended(&self) -> bool {
        *self.ended.borrow()
    }

    /// What it is made of was made in another way, too, which is then not to be made again.
    pub(super) fn keep_also(&self, also: Vec<Held>) {
        let mut kept = self.kept();
        for held in also {
            if !kept.contains(&held) {
                kept.push(held);
            }
        }
    }

    /// What there is in the state folder for whoever runs the same code again.
    pub(super) fn artifacts(&self) -> Vec<PathBuf> {
        let kept = self.kept();
        kept.iter().filter(|held| held.is_whole()).map(|held| held.path().to_owned()).collect()
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Held>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn status(&self) -> Status {
        let life = self.life();
        Status {
            process: self.plan.process.name.clone(),
            phase: life.phase,
            port: self.port.number(),
            pid: life.pid,
            restarts: life.restarts,
            last_end: life.last_end.clone(),
        }
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
