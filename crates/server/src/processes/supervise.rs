//! Keeps one version of a process running: start, health, death, another start, and the end.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use functions::artifacts::Held;
use functions::logs::{Logs, ProcessLog, Said};
use model::{Clock, Process, ProcessName};
use sandbox::{ExitReason, Launcher};
use tokio::sync::{oneshot, watch};

use super::health::Check;
use super::port::Port;
use super::prepare::Plan;
use super::restart::Deaths;

const SIGTERM: i32 = 15;
/// Lines of output that explain why a process did not come to serve.
const LAST_WORDS: usize = 5;

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

/// Why a life is over.
enum End {
    Asked,
    Died(String),
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

    pub(super) fn has_ended(&self) -> bool {
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

    async fn keep(self: Arc<Self>, tell: oneshot::Sender<Result<(), String>>) {
        self.live_on(tell).await;
        self.life().pid = None;
        self.kept().clear();
        self.ended.send_replace(true);
    }

    async fn live_on(&self, tell: oneshot::Sender<Result<(), String>>) {
        let mut first = Some(tell);
        let mut deaths = Deaths::default();
        loop {
            let born = self.ground.clock.moment();
            let End::Died(reason) = self.live(&mut first).await else { return };
            let lived = self.ground.clock.moment().since(born);
            if let Some(first) = first.take() {
                // Nobody waits for a start that was given up.
                let _ = first.send(Err(self.with_last_words(&reason)));
                return;
            }
            let pause = deaths.pause(lived, &self.plan.process.restart);
            self.say(format!("{reason}; it starts again {}", after(pause)));
            {
                let mut life = self.life();
                life.phase = Phase::Waiting;
                life.pid = None;
                life.last_end = Some(reason);
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.asked() => return,
            }
            let mut life = self.life();
            life.phase = Phase::Starting;
            life.restarts += 1;
        }
    }

    /// From the start to the end of one operating system process.
    async fn live(&self, first: &mut Option<oneshot::Sender<Result<(), String>>>) -> End {
        let process = match self.spawn().await {
            Ok(process) => process,
            Err(reason) => return End::Died(reason),
        };
        self.life().pid = Some(process.pid());
        let Plan { process: settings, question, .. } = &self.plan;
        let check = Check { port: self.port(), question, health: &settings.health };
        let patience = self.plan.process.start_timeout;
        tokio::select! {
            () = check.served() => {}
            end = died(&process) => return end,
            () = tokio::time::sleep(patience) => {
                kill(&process).await;
                return End::Died(format!("it did not serve on port {} within {patience:?}", self.port()));
            }
            () = self.asked() => return self.end(&process).await,
        }
        self.life().phase = Phase::Serving;
        self.say(format!("it serves on port {}", self.port()));
        if let Some(first) = first.take() {
            let _ = first.send(Ok(()));
        }
        tokio::select! {
            end = died(&process) => end,
            () = check.failed() => {
                kill(&process).await;
                End::Died("it failed its health check and was killed".to_owned())
            }
            () = self.asked() => self.end(&process).await,
        }
    }

    async fn spawn(&self) -> Result<sandbox::Process, String> {
        let mut spec = self.plan.spec(self.port());
        let mouth = self.log.listen().map_err(|error| format!("no pipes: {error}"))?;
        spec.stdin = self.plan.stdin().map_err(|error| format!("no pipes: {error}"))?;
        spec.stdout = Some(mouth.stdout);
        spec.stderr = Some(mouth.stderr);
        self.ground.launcher.spawn(spec).await.map_err(|error| error.to_string())
    }

    async fn asked(&self) {
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    /// SIGTERM, time to finish, and then the end in any case.
    async fn end(&self, process: &sandbox::Process) -> End {
        self.life().phase = Phase::Stopping;
        process.signal(SIGTERM);
        let patience = self.plan.process.stop_timeout;
        if tokio::time::timeout(patience, process.exited()).await.is_err() {
            self.say(format!("it did not end within {patience:?} after SIGTERM and was killed"));
            kill(process).await;
        }
        End::Asked
    }

    fn say(&self, text: String) {
        self.log.say(text);
    }

    fn with_last_words(&self, reason: &str) -> String {
        let name = functions_name(&self.plan.process.name);
        let recent = name.map(|name| self.ground.logs.recent(Some(&name), LAST_WORDS));
        let mut text = reason.to_owned();
        for record in recent.iter().flatten() {
            if let Said::Line(line) = &record.said {
                text.push_str("\n  ");
                text.push_str(&line.text);
            }
        }
        text
    }
}

/// Logs go by one set of names.
fn functions_name(name: &ProcessName) -> Option<model::FunctionName> {
    model::FunctionName::parse(name.as_str()).ok()
}

async fn died(process: &sandbox::Process) -> End {
    let exit = process.exited().await;
    let reason = match exit.reason {
        _ if exit.out_of_memory => "it ran out of memory and was killed".to_owned(),
        ExitReason::Code(code) => format!("it ended with status {code}"),
        ExitReason::Signal(signal) => format!("it was ended by signal {signal}"),
        ExitReason::LauncherLost => "the sandbox launcher died and took it along".to_owned(),
    };
    End::Died(reason)
}

async fn kill(process: &sandbox::Process) {
    process.kill();
    process.exited().await;
}

fn after(pause: Duration) -> String {
    if pause.is_zero() { "at once".to_owned() } else { format!("after {pause:?}") }
}
