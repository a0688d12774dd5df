//! The stack's processes: started before an upstream leads to them, replaced without a gap, and
//! started again when they die.

mod health;
mod port;
mod prepare;
pub(crate) mod program;
mod restart;
mod supervise;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use functions::logs::Logs;
use functions::{Artifacts, Settings};
use gateway::Serving;
use model::{Process, ProcessName, Stack, UpstreamAddress};
use sandbox::Launcher;

use crate::event::{Event, Reporter};
use crate::trouble::Trouble;
pub(crate) use health::Question;
pub(crate) use port::Port;
pub(crate) use prepare::Plan;
use prepare::Workshop;
pub(crate) use supervise::{Ground, Served, Status, Version};

/// How often it is looked whether a replaced process has answered its last request.
const LOOK: Duration = Duration::from_millis(20);
/// Requests that chose it just before it was replaced reach it within this time.
const SETTLE: Duration = Duration::from_millis(100);

type Versions = BTreeMap<ProcessName, Arc<Version>>;

/// Runs the processes of a stack. One per server.
pub(crate) struct Processes {
    workshop: Workshop,
    ground: Ground,
    running: Mutex<Versions>,
    /// Those that were replaced, on their way out.
    leaving: Mutex<Vec<Arc<Version>>>,
}

/// Processes that serve and can take the place of those before them.
#[must_use = "processes that nobody adopts are to be dismissed"]
pub(crate) struct Started {
    next: Versions,
    new: Vec<Arc<Version>>,
}

impl Processes {
    pub(crate) fn new(
        settings: &Settings,
        artifacts: &Arc<Artifacts>,
        launcher: Launcher,
        logs: Arc<Logs>,
    ) -> Self {
        let workshop = Workshop::new(settings, artifacts, launcher.clone());
        let clock = Arc::clone(&settings.clock);
        let ground = Ground { launcher, clock, logs };
        Self { workshop, ground, running: Mutex::default(), leaving: Mutex::default() }
    }

    /// Builds what has to be built and starts what is new or different, beside what runs. When one
    /// of them does not come to serve, all of them are stopped and nothing has changed. Must be
    /// called on the control runtime.
    pub(crate) async fn start(
        &self,
        stack: &Stack,
        reporter: &dyn Reporter,
    ) -> Result<Started, Trouble> {
        let running = self.running().clone();
        let mut started = Started { next: Versions::new(), new: Vec::new() };
        let mut waiting = Vec::new();
        let mut problems = Vec::new();
        for process in stack.processes.values() {
            let told = |message: &str| tell(reporter, process, message);
            let plan = match self.workshop.plan(process, &told).await {
                Ok(plan) => plan,
                Err(reason) => {
                    problems.push((process.name.clone(), reason));
                    continue;
                }
            };
            let same = running.get(&process.name).filter(|version| version.is_of(&plan));
            if let Some(same) = same {
                same.keep_also(plan.kept);
                started.next.insert(process.name.clone(), Arc::clone(same));
                continue;
            }
            match self.begin(plan) {
                Ok((version, served)) => {
                    told("starting");
                    started.next.insert(process.name.clone(), Arc::clone(&version));
                    started.new.push(Arc::clone(&version));
                    waiting.push((process, served));
                }
                Err(reason) => problems.push((process.name.clone(), reason)),
            }
        }
        for (process, served) in waiting {
            match served.await.unwrap_or_else(|_| Err("it was stopped".to_owned())) {
                Ok(()) => tell(reporter, process, "serving"),
                Err(reason) => problems.push((process.name.clone(), reason)),
            }
        }
        if problems.is_empty() {
            return Ok(started);
        }
        self.dismiss(started).await;
        Err(trouble(&problems))
    }

    fn begin(&self, plan: Plan) -> Result<(Arc<Version>, Served), String> {
        let port = Port::reserve().map_err(|error| format!("no free port was found: {error}"))?;
        self.ground.begin(plan, Arc::new(port))
    }

    /// Makes the started processes those of the stack. What they replace ends once the requests
    /// that it was serving are answered, as `before` knows.
    pub(crate) fn adopt(&self, started: Started, before: &Serving) {
        let is_kept = |name: &ProcessName, version: &Arc<Version>| {
            started.next.get(name).is_some_and(|kept| Arc::ptr_eq(kept, version))
        };
        let mut leaving = self.running().clone();
        leaving.retain(|name, version| !is_kept(name, version));
        *self.running() = started.next;
        let mut on_their_way = self.leaving();
        on_their_way.retain(|version| !version.has_ended());
        for version in leaving.into_values() {
            let before = before.clone();
            on_their_way.push(Arc::clone(&version));
            tokio::spawn(async move {
                let patience = version.process().stop_timeout.max(SETTLE);
                let settled = async {
                    tokio::time::sleep(SETTLE).await;
                    while before.in_flight(&address(&version)) > 0 {
                        tokio::time::sleep(LOOK).await;
                    }
                };
                // Whoever does not finish within this time is cut off.
                let _ = tokio::time::timeout(patience, settled).await;
                version.stop();
            });
        }
    }

    /// Completes when every process that was replaced has ended.
    pub(crate) async fn settle(&self) {
        let leaving = self.leaving().clone();
        for version in leaving {
            version.ended().await;
        }
    }

    /// What there is in the state folder for whoever runs the code of a process again.
    pub(crate) fn artifacts_of(&self, process: &ProcessName) -> Vec<PathBuf> {
        self.running().get(process).map(|version| version.artifacts()).unwrap_or_default()
    }

    fn leaving(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Version>>> {
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops processes that are not to take over.
    pub(crate) async fn dismiss(&self, started: Started) {
        end(&started.new).await;
    }

    /// Stops everything, and returns when nothing runs any more.
    pub(crate) async fn stop(&self) {
        let running: Vec<_> = std::mem::take(&mut *self.running()).into_values().collect();
        end(&running).await;
    }

    /// Every process as it stands, by name.
    pub(crate) fn status(&self) -> Vec<Status> {
        self.running().values().map(|version| version.status()).collect()
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Versions> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Started {
    /// The stack with the addresses of its processes filled in.
    pub(crate) fn place(&self, stack: &Stack) -> Stack {
        let mut placed = stack.clone();
        for upstream in placed.upstreams.values_mut() {
            let version = upstream.process.as_ref().and_then(|name| self.next.get(name));
            upstream.addresses.extend(version.map(|version| address(version)));
        }
        placed
    }
}

fn address(version: &Version) -> UpstreamAddress {
    let host = Ipv4Addr::LOCALHOST.to_string();
    UpstreamAddress { host, port: version.port(), base_path: String::new() }
}

/// Asks all to end before it waits for any.
pub(crate) async fn end(versions: &[Arc<Version>]) {
    versions.iter().for_each(|version| version.stop());
    for version in versions {
        version.ended().await;
    }
}

fn tell(reporter: &dyn Reporter, process: &Process, message: &str) {
    let (function, message) = (process.name.to_string(), message.to_owned());
    reporter.report(&Event::Building { function, message });
}

fn trouble(problems: &[(ProcessName, String)]) -> Trouble {
    let lines: Vec<_> =
        problems.iter().map(|(name, reason)| format!("process `{name}`: {reason}")).collect();
    let each = |(name, reason): &(ProcessName, String)| serde_json::json!({ "process": name, "message": reason });
    Trouble { message: lines.join("\n"), problems: problems.iter().map(each).collect() }
}
