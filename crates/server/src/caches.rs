//! The stack's caches: Redis or Valkey servers that run before whoever needs them, and keep their port,
//! their password and, if they are persistent, their data whatever becomes of them.

mod config;
mod engine;
mod password;
mod prepare;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use functions::Settings;
use functions::logs::Logs;
use model::{CacheName, CacheSource, CacheUrl, ManagedCache, Stack};
use sandbox::Launcher;

use crate::processes::{Ground, Plan, Port, Served, Status, Version, end};
use crate::trouble::Trouble;
use prepare::Workshop;

/// Runs the caches of a stack. One per server.
pub(crate) struct Caches {
    workshop: Workshop,
    ground: Ground,
    running: Mutex<BTreeMap<CacheName, Running>>,
}

/// A cache that the platform keeps running.
#[derive(Clone)]
struct Running {
    version: Arc<Version>,
    port: Arc<Port>,
    password: String,
}

/// What a stack's caches will be once it is adopted; those that are new run already.
#[derive(Default)]
#[must_use = "caches that nobody adopts are to be dismissed"]
pub(crate) struct Prepared {
    /// Where every cache of the stack is reached.
    pub(crate) addresses: BTreeMap<CacheName, CacheUrl>,
    /// Those that run as they are to run.
    ready: BTreeMap<CacheName, Running>,
    started: Vec<Arc<Version>>,
    waiting: Vec<(CacheName, Served)>,
    /// Those that need a restart, since two servers cannot have one set of data.
    changed: Vec<Change>,
}

struct Change {
    name: CacheName,
    plan: Plan,
    is_persistent: bool,
}

impl Caches {
    pub(crate) fn new(settings: &Settings, launcher: Launcher, logs: Arc<Logs>) -> Self {
        let folder: PathBuf = settings.state.join("caches");
        let workshop = Workshop::new(folder, settings.path.clone(), launcher.clone());
        let clock = Arc::clone(&settings.clock);
        Self { workshop, ground: Ground { launcher, clock, logs }, running: Mutex::default() }
    }

    /// Starts what is new, and finds out whether what is different can be. When something cannot, what
    /// was started is stopped. Must be called on the control runtime.
    pub(crate) async fn prepare(&self, stack: &Stack) -> Result<Prepared, Trouble> {
        let (mut prepared, mut problems) = (Prepared::default(), Vec::new());
        for (name, cache) in &stack.caches {
            match &cache.source {
                CacheSource::Managed(cache) => {
                    let ready = self.prepare_one(name, cache, &mut prepared).await;
                    problems.extend(ready.err().map(|reason| (name.clone(), reason)));
                }
                CacheSource::Elsewhere(url) => {
                    prepared.addresses.insert(name.clone(), url.clone());
                }
            }
        }
        for (name, served) in std::mem::take(&mut prepared.waiting) {
            problems.extend(outcome(served).await.err().map(|reason| (name, reason)));
        }
        if problems.is_empty() {
            return Ok(prepared);
        }
        self.dismiss(prepared).await;
        Err(trouble(&problems))
    }

    async fn prepare_one(
        &self,
        name: &CacheName,
        cache: &ManagedCache,
        prepared: &mut Prepared,
    ) -> Result<(), String> {
        let before = self.running().get(name).cloned();
        let (port, password) = match &before {
            Some(before) => (Arc::clone(&before.port), before.password.clone()),
            None => self.workshop.place(name)?,
        };
        let asked = if cache.password { &*password } else { "" };
        let plan = self.workshop.plan(name, cache, &port, asked).await?;
        let url = CacheUrl::local(port.number(), asked);
        prepared.addresses.insert(name.clone(), url);
        match before {
            Some(before) if before.version.is_of(&plan) && !before.version.has_ended() => {
                prepared.ready.insert(name.clone(), before);
            }
            Some(before) if !before.version.has_ended() => {
                let is_persistent = cache.persistent;
                prepared.changed.push(Change { name: name.clone(), plan, is_persistent });
            }
            // New, or in vain the last time.
            _ => {
                if !cache.persistent {
                    self.workshop.forget(name)?;
                }
                let (version, served) = self.ground.begin(plan, Arc::clone(&port))?;
                prepared.started.push(Arc::clone(&version));
                prepared.ready.insert(name.clone(), Running { version, port, password });
                prepared.waiting.push((name.clone(), served));
            }
        }
        Ok(())
    }

    /// Makes them the caches of the stack: ends what is gone, and restarts what is different. What does
    /// not serve as it is now declared goes on as it was, and that is told.
    pub(crate) async fn adopt(&self, prepared: Prepared) -> Result<(), Trouble> {
        let Prepared { mut ready, changed, .. } = prepared;
        let mut before = self.running().clone();
        before.retain(|name, _| !ready.contains_key(name));
        let mut problems = Vec::new();
        for Change { name, plan, is_persistent } in changed {
            let Some(old) = before.remove(&name) else { continue };
            let (running, replaced) = self.replace(&old, plan).await;
            ready.insert(name.clone(), running);
            let forgotten = match replaced {
                Ok(()) if !is_persistent => self.workshop.forget(&name),
                Ok(()) => Ok(()),
                Err(reason) => Err(format!("{reason}\nit goes on as it was before")),
            };
            problems.extend(forgotten.err().map(|reason| (name, reason)));
        }
        *self.running() = ready;
        let leaving: Vec<_> = before.into_values().map(|running| running.version).collect();
        end(&leaving).await;
        if problems.is_empty() { Ok(()) } else { Err(trouble(&problems)) }
    }

    /// Ends a server and starts another with its data, port and password, or itself again.
    async fn replace(&self, old: &Running, plan: Plan) -> (Running, Result<(), String>) {
        end(std::slice::from_ref(&old.version)).await;
        let failed = match self.restart(old, plan).await {
            Ok(new) => return (new, Ok(())),
            Err(reason) => reason,
        };
        match self.restart(old, old.version.plan().clone()).await {
            Ok(again) => (again, Err(failed)),
            Err(reason) => (old.clone(), Err(format!("{failed}\nand then: {reason}"))),
        }
    }

    async fn restart(&self, old: &Running, plan: Plan) -> Result<Running, String> {
        let (version, served) = self.ground.begin(plan, Arc::clone(&old.port))?;
        outcome(served).await?;
        Ok(Running { version, ..old.clone() })
    }

    /// Stops caches that nobody is to use.
    pub(crate) async fn dismiss(&self, prepared: Prepared) {
        end(&prepared.started).await;
    }

    /// Stops everything, and returns when nothing runs any more.
    pub(crate) async fn stop(&self) {
        let running = std::mem::take(&mut *self.running()).into_values();
        end(&running.map(|running| running.version).collect::<Vec<_>>()).await;
    }

    /// Every managed cache as it stands, by name.
    pub(crate) fn status(&self) -> Vec<Status> {
        self.running().values().map(|running| running.version.status()).collect()
    }

    /// Where a cache listens on this machine.
    pub(crate) fn port(&self, name: &CacheName) -> Option<u16> {
        self.running().get(name).map(|running| running.port.number())
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<CacheName, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn outcome(served: Served) -> Result<(), String> {
    served.await.unwrap_or_else(|_| Err("it was stopped".to_owned()))
}

fn trouble(problems: &[(CacheName, String)]) -> Trouble {
    let lines: Vec<_> =
        problems.iter().map(|(name, reason)| format!("cache `{name}`: {reason}")).collect();
    let each = |(name, reason): &(CacheName, String)| serde_json::json!({ "cache": name, "message": reason });
    Trouble { message: lines.join("\n"), problems: problems.iter().map(each).collect() }
}
