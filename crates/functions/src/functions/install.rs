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

    /// As [`Self::install`], of the functions that are not the stack's. As on Lambda, one that does not start takes
    /// over all the same, and its invocations tell why.
    pub async fn install_made(self: &Arc<Self>, prepared: Prepared) -> Installation {
        self.renew(Group::Made, prepared, Warming::Replaced, &Silent).await
    }

    /// Makes `prepared` the versions that there are beside `$LATEST`, as [`Self::install_made`] does.
    pub async fn install_published(self: &Arc<Self>, prepared: Prepared) -> Installation {
        self.renew(Group::Published, prepared, Warming::Replaced, &Silent).await
    }

    /// Has functions of the stack run otherwise than it says, until they are installed again. A new version takes
    /// over once it has started; functions that are not there are left out.
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
            let version = self.started(&wanted).await?;
            self.change(|parts| {
                let known = parts.group(Group::Stack).get_mut(&key);
                // Who installed it anew meanwhile was later.
                if let Some(known) = known.filter(|known| Arc::ptr_eq(known, &current)) {
                    *known = version;
                }
            });
        }
        Ok(())
    }

    /// Starts an environment of a function that is not to serve anybody, to see whether it can.
    pub async fn try_out(self: &Arc<Self>, function: &Function) -> Result<(), Vec<Problem>> {
        let version = self.started(function).await?;
        self.retire([version]);
        Ok(())
    }

    /// A version with an environment that is ready.
    async fn started(self: &Arc<Self>, function: &Function) -> Result<Arc<Version>, Vec<Problem>> {
        let failed = |reason| vec![Problem { function: function.name.clone(), reason }];
        let prepared = self.prepare(std::slice::from_ref(function), &Silent).await?;
        let plan = prepared.plans.into_iter().next();
        let version = Arc::new(self.compile(plan.ok_or_else(|| failed(String::new()))?));
        match version.warm_up().await {
            Ok(()) => Ok(version),
            Err(failure) => {
                self.retire([version]);
                Err(failed(failure.summary(&RequestId::given("-"))))
            }
        }
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
                Some(same) if same.digest == plan.digest => {
                    same.keep_also(plan.kept);
                    Arc::clone(same)
                }
                // What runs goes on, though it could not be started again.
                Some(same) if plan.trouble.is_some() && same.function == plan.function => {
                    Arc::clone(same)
                }
                old => {
                    let version = Arc::new(self.compile(plan));
                    // Two environments cannot have one debugger's port.
                    let is_debugged = self.platform.settings.debugs(&version.function.name);
                    let is_awaited = old.is_some() || which == Warming::All;
                    if is_awaited && !is_debugged && version.trouble.is_none() {
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
        let mut failed = await_warm(&mut warming, progress).await;
        if group != Group::Stack {
            failed.clear();
        }
        if failed.is_empty() {
            self.change(|parts| *parts.group(group) = next);
        } else {
            self.retire(warming.into_iter().map(|(version, _)| version));
        }
        Installation { failed }
    }

    fn compile(&self, plan: Plan) -> Version {
        let name = plan.function.name.clone();
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        let cells = Arc::clone(cells.entry(name.clone()).or_default());
        Version::new(Arc::clone(&self.platform), plan, self.logs.of(&name), cells)
    }
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
