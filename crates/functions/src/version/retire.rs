//! Stops environments: one that is idle or old, or all of a version that is replaced.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use super::{InitFailure, Version};
use crate::environment::Environment;

/// What a process may do between SIGTERM and the end of its Runtime API, and again before SIGKILL.
const GRACE: Duration = Duration::from_millis(500);

/// Counts processes on their way out, so that a drain leaves none behind.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    count: AtomicUsize,
    changed: Notify,
}

/// One of them.
struct Leaving(Arc<Ending>);

impl Leaving {
    fn begin(ending: &Arc<Ending>) -> Self {
        ending.count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(ending))
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::Release);
        self.0.changed.notify_waiters();
    }
}

impl Version {
    /// Stops an environment in the background: SIGTERM, then the Runtime API closes, then SIGKILL.
    pub(crate) fn stop(&self, environment: Box<Environment>) {
        let leaving = Leaving::begin(&self.ending);
        self.platform.control.spawn(async move {
            let _leaving = leaving;
            let process = environment.process();
            if process.exit().is_some() {
                return;
            }
            process.terminate();
            if tokio::time::timeout(GRACE, process.exited()).await.is_ok() {
                return;
            }
            let process = environment.close();
            if tokio::time::timeout(GRACE, process.exited()).await.is_err() {
                process.kill();
                process.exited().await;
            }
        });
    }

    /// Stops what served nothing for too long, is too old, or ended by itself.
    pub(crate) fn retire_expired(&self) {
        let (now, settings) = (self.now(), &self.platform.settings);
        let is_debugged = settings.debugs(&self.function.name);
        let mut pool = self.pool();
        let mut spare = pool.spare();
        let expired = pool.take_expired(|environment| {
            let is_old = now.since(environment.started()) >= settings.max_age && !is_debugged;
            let is_over = environment.process().exit().is_some() || is_old;
            let is_idle = now.since(environment.rested()) >= settings.idle && !is_debugged;
            if is_over || !is_idle || spare == 0 {
                return is_over;
            }
            spare -= 1;
            true
        });
        drop(pool);
        for environment in expired {
            self.stop(environment);
        }
    }

    /// Serves nobody new. Those who wait are served by what is busy now.
    pub(crate) fn retire(self: &Arc<Self>) {
        let idle = self.pool().retire();
        for environment in idle {
            self.stop(environment);
        }
    }

    /// Sends everybody who waits away.
    pub(crate) fn dismiss(&self) {
        let waiting = self.pool().dismiss();
        for ticket in waiting {
            ticket.refuse(InitFailure::Start("the server is stopping".to_owned()));
        }
    }

    /// Whether an invocation runs or waits, or an environment starts.
    pub(crate) fn is_working(&self) -> bool {
        let counts = self.counts();
        counts.busy + counts.starting + counts.waiting > 0
    }

    /// Completes when no process is on its way out any more.
    pub(crate) async fn ended(&self) {
        loop {
            let mut changed = std::pin::pin!(self.ending.changed.notified());
            changed.as_mut().enable();
            if self.ending.count.load(Ordering::Acquire) == 0 {
                return;
            }
            changed.await;
        }
    }
}
