//! Makes prepared code the functions that serve: all of it, or nothing.

use std::sync::{Arc, PoisonError};

use model::{Function, FunctionConfiguration, FunctionVersion, RequestId};
use tokio::task::JoinHandle;

use super::Functions;
use super::arrange::{Group, Versions};
use crate::prepare::Plan;
use crate::version::{InitFailure, Version};
use crate::{Prepared, Problem, Progress, Silent};

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

type Starting = (Arc<Version>, JoinHandle<Result<(), InitFailure>>);

impl Functions {
    /// Makes `prepared` the stack's functions. A changed function's new version starts one
    /// environment while the old version serves, and takes over when that succeeds; a function
    /// that is no longer named is retired. If one of the new versions fails to start, nothing
    /// changes at all: functions of one stack belong together.
    pub async fn install(self: &Arc<Self>, prepared: Prepared) -> Installation {
        self.install_warm(prepared, Warming::Replaced, &Silent).await
    }

    /// As [`Self::install`], and says which functions start and have started.
    pub async fn install_warm(
        self: &Arc<Self>,
        prepared: Prepared,
        which: Warming,
        progress: &dyn Progress,
    ) -> Installation {
        let current = self.parts().group(Group::Stack).clone();
        let mut next = Versions::default();
        let mut warming = Vec::new();
        for mut plan in prepared.plans {
            let key = (plan.function.name.clone(), plan.number);
            let old = current.get(&key);
            let version = old.and_then(|old| unchanged(old, &mut plan)).unwrap_or_else(|| {
                let version = Arc::new(self.compile(plan));
                let is_awaited = old.is_some() || which == Warming::All;
                if is_awaited && self.starts_beside(&version) {
                    progress.step(&version.function.name, "starting");
                    let warmed = Arc::clone(&version);
                    let task = tokio::spawn(async move { warmed.warm_up().await });
                    warming.push((Arc::clone(&version), task));
                }
                version
            });
            next.insert(key, version);
        }
        let failed = await_warm(&mut warming, progress).await;
        if failed.is_empty() {
            self.change(|parts| *parts.group(Group::Stack) = next);
        } else {
            self.retire(warming.into_iter().map(|(version, _)| version));
        }
        Installation { failed }
    }

    /// Makes `prepared` the functions that are not the stack's. Nothing is waited for: a changed function's new version
    /// starts an environment while what was there before serves, and takes over after that ([`Self::settled`]). As
    /// on Lambda, one that does not start takes over all the same, and its invocations tell why.
    pub fn install_made(self: &Arc<Self>, prepared: Prepared) {
        self.replace(Group::Made, prepared);
    }

    /// Makes `prepared` the versions that there are beside `$LATEST`.
    pub fn install_published(self: &Arc<Self>, prepared: Prepared) {
        self.replace(Group::Published, prepared);
    }

    /// Has functions of the stack run otherwise than it says, until they are installed again. A new version takes
    /// over once it has started, which is not waited for; functions that are not there are left out.
    pub async fn configure(
        self: &Arc<Self>,
        configurations: &[&FunctionConfiguration],
    ) -> Result<(), Vec<Problem>> {
        for configuration in configurations {
            let key = (configuration.function.clone(), FunctionVersion::Latest);
            let Some(current) = self.parts().group(Group::Stack).get(&key).cloned() else {
                continue;
            };
            let wanted = configuration.over(&current.function);
            if wanted == *current.function {
                continue;
            }
            let prepared = self.prepare(std::slice::from_ref(&wanted), &Silent).await?;
            for plan in prepared.plans {
                self.reconfigure(&current, plan);
            }
        }
        Ok(())
    }

    fn reconfigure(self: &Arc<Self>, current: &Arc<Version>, plan: Plan) {
        let version = Arc::new(self.compile(plan));
        self.change(|parts| {
            let key = (version.function.name.clone(), version.number);
            let known = parts.group(Group::Stack).get_mut(&key);
            // Who installed it anew meanwhile was later.
            if let Some(known) = known.filter(|known| Arc::ptr_eq(known, current)) {
                *known = Arc::clone(&version);
                self.begin_takeover(parts, current, &version);
            }
        });
        self.start_soon(version);
    }

    /// Starts an environment of a function that is not to serve anybody, to see whether it can.
    pub async fn try_out(self: &Arc<Self>, function: &Function) -> Result<(), Vec<Problem>> {
        let prepared = self.prepare(std::slice::from_ref(function), &Silent).await?;
        let mut failed = Vec::new();
        for plan in prepared.plans {
            let version = Arc::new(self.compile(plan));
            if let Err(failure) = version.warm_up().await {
                let reason = failure.summary(&RequestId::given("-"));
                failed.push(Problem { function: function.name.clone(), reason });
            }
            self.retire([version]);
        }
        if failed.is_empty() { Ok(()) } else { Err(failed) }
    }

    /// Makes `prepared` all that there is of a group, and has what changed take over.
    fn replace(self: &Arc<Self>, group: Group, prepared: Prepared) {
        let current = self.parts().group(group).clone();
        let mut next = Versions::default();
        let mut taking_over = Vec::new();
        for mut plan in prepared.plans {
            let key = (plan.function.name.clone(), plan.number);
            let old = current.get(&key);
            let version = old.and_then(|old| unchanged(old, &mut plan)).unwrap_or_else(|| {
                let version = Arc::new(self.compile(plan));
                taking_over.extend(old.map(|old| (Arc::clone(old), Arc::clone(&version))));
                version
            });
            next.insert(key, version);
        }
        self.change(|parts| {
            *parts.group(group) = next;
            for (old, by) in &taking_over {
                self.begin_takeover(parts, old, by);
            }
        });
        taking_over.into_iter().for_each(|(_, by)| self.start_soon(by));
    }

    /// Whether an environment of it can start while those run of what it replaces.
    pub(super) fn starts_beside(&self, version: &Version) -> bool {
        // Two environments cannot have one debugger's port.
        !self.platform.settings.debugs(&version.function.name) && version.trouble.is_none()
    }

    fn compile(&self, plan: Plan) -> Version {
        let name = plan.function.name.clone();
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        let cells = Arc::clone(cells.entry(name.clone()).or_default());
        Version::new(Arc::clone(&self.platform), plan, self.logs.of(&name), cells)
    }
}

/// What is there already, if it is what is planned.
fn unchanged(old: &Arc<Version>, plan: &mut Plan) -> Option<Arc<Version>> {
    if old.digest == plan.digest {
        old.keep_also(std::mem::take(&mut plan.kept));
        return Some(Arc::clone(old));
    }
    // What runs goes on, though it could not be started again.
    (plan.trouble.is_some() && old.function == plan.function).then(|| Arc::clone(old))
}

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
