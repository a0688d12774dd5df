//! Hears that something in the stack's folders was written, and waits until it is quiet again.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use notify::event::EventKind;
use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::fingerprint::is_ignored;

/// Editors write, rename and set permissions in one burst.
const QUIET: Duration = Duration::from_millis(30);
/// A build that never falls silent must not put a reload off for ever.
const PATIENCE: u32 = 30;

/// Watches folders, each without those below it, so that ignored ones cost nothing.
pub(crate) struct Watch {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
    written: Arc<Notify>,
}

/// A folder that is not watched.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unwatched {
    /// Its name and why.
    pub(crate) reason: String,
    /// It is not there any more.
    pub(crate) is_gone: bool,
}

impl Watch {
    pub(crate) fn new() -> notify::Result<Self> {
        let written = Arc::new(Notify::new());
        let notice = Arc::clone(&written);
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // An error means that events were lost: look.
            if event.map_or(true, |event| matters(&event)) {
                notice.notify_one();
            }
        })?;
        Ok(Self { watcher, folders: BTreeSet::new(), written })
    }

    /// Watches exactly these folders. Gives those that cannot be watched.
    pub(crate) fn cover(&mut self, folders: BTreeSet<PathBuf>) -> Vec<Unwatched> {
        let mut refused = Vec::new();
        for gone in self.folders.difference(&folders) {
            // A removed folder has already lost its watch.
            let _ = self.watcher.unwatch(gone);
        }
        let mut covered = BTreeSet::new();
        for folder in folders {
            // A folder that was replaced by another of its name is not watched any more, and
            // watching twice is harmless.
            match self.watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    covered.insert(folder);
                }
                Err(error) => refused.push(Unwatched {
                    reason: format!("{}: {error}", folder.display()),
                    is_gone: matches!(error.kind, ErrorKind::PathNotFound),
                }),
            }
        }
        self.folders = covered;
        refused
    }

    /// Whether something was written since anybody asked.
    pub(crate) fn was_written(&self) -> bool {
        self.written.notified().now_or_never().is_some()
    }

    /// Completes when something was written and the burst is over.
    pub(crate) async fn written(&self) {
        self.written.notified().await;
        for _ in 0..PATIENCE {
            if timeout(QUIET, self.written.notified()).await.is_err() {
                return;
            }
        }
    }
}

fn matters(event: &notify::Event) -> bool {
    if matches!(event.kind, EventKind::Access(_)) {
        return false;
    }
    event.need_rescan() || event.paths.is_empty() || event.paths.iter().any(|path| is_source(path))
}

fn is_source(path: &Path) -> bool {
    !is_ignored(path.file_name().unwrap_or(OsStr::new("")))
}
