//! How versions end: idle or old, replaced by others, or with the server.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use super::Functions;
use super::line::Line;
use crate::version::Version;

/// How often it is looked whether what still runs has ended.
const LOOK: Duration = Duration::from_millis(10);

impl Functions {
    /// Stops environments that are idle for too long, too old, or ended by themselves. It happens
    /// every second anyway.
    pub fn sweep(&self) {
        for version in self.lines.load().values().flat_map(Line::versions) {
            version.retire_expired();
            version.start_provisioned();
        }
        self.retired().retain(|version| {
            let counts = version.counts();
            let is_busy = counts.busy + counts.starting > 0;
            if !is_busy {
                version.let_go();
            }
            is_busy
        });
    }

    pub(super) fn retire(&self, versions: impl IntoIterator<Item = Arc<Version>>) {
        let mut retired = self.retired();
        for version in versions {
            version.retire();
            retired.push(version);
        }
    }

    /// Refuses new invocations, lets those that run finish for up to `grace`, stops everything.
    pub async fn drain(&self, grace: Duration) {
        self.stopping.store(true, Ordering::Relaxed);
        let lines = self.lines.load_full();
        let mut versions: Vec<Arc<Version>> =
            lines.values().flat_map(Line::versions).cloned().collect();
        versions.extend(self.retired().drain(..));
        for version in &versions {
            version.retire();
        }
        let settled = async {
            while versions.iter().any(|version| version.is_working()) {
                tokio::time::sleep(LOOK).await;
            }
        };
        if tokio::time::timeout(grace, settled).await.is_err() {
            for version in &versions {
                version.dismiss();
            }
        }
        for version in &versions {
            version.ended().await;
        }
        self.logs.flush();
        for task in self.tasks().drain(..) {
            task.abort();
        }
    }

    /// The code of versions that were replaced and have yet to end.
    pub fn code_in_use(&self) -> Vec<PathBuf> {
        let retired = self.retired().clone();
        let functions = retired.iter().map(|version| &version.function);
        functions.flat_map(|it| it.code.path().into_iter().chain(&it.layers)).cloned().collect()
    }

    /// Completes when every version that was replaced has answered its last invocation and ended.
    pub async fn settle(&self) {
        let retired = self.retired().clone();
        for version in retired {
            while version.is_working() {
                tokio::time::sleep(LOOK).await;
            }
            version.ended().await;
            version.let_go();
        }
    }

    fn retired(&self) -> MutexGuard<'_, Vec<Arc<Version>>> {
        self.retired.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
