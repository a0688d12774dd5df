//! The thread that syncs the write-ahead log, while the writer is at its next transaction already. Who
//! waits for a change is told here.

use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use store::StoreError;

use super::job::Job;
use super::trouble::Trouble;

/// What nobody waits for is synced after this.
const AT_LAST: Duration = Duration::from_secs(1);

type Waiting = Vec<Box<dyn Job>>;

/// The writer's end. When it goes, the thread ends.
pub(super) struct Synced(SyncSender<Waiting>);

impl Synced {
    /// Tells those who wait once the transactions so far are synced. Waits itself while the sync of an
    /// earlier one is followed by another, so that the writer's next transaction grows meanwhile.
    pub(super) fn tell(&self, waiting: Waiting) {
        // It ends after the writer does.
        let _ = self.0.send(waiting);
    }
}

pub(super) fn start(
    store: &Path,
    trouble: Arc<Trouble>,
) -> std::io::Result<(Synced, JoinHandle<()>)> {
    let (waiting, to_sync) = sync_channel(1);
    let mut log = store.as_os_str().to_owned();
    log.push("-wal");
    let syncs = Syncs { path: log.into(), log: None, trouble };
    let thread = std::thread::Builder::new().name("store-sync".to_owned());
    Ok((Synced(waiting), thread.spawn(move || syncs.run(&to_sync))?))
}

struct Syncs {
    path: PathBuf,
    log: Option<File>,
    trouble: Arc<Trouble>,
}

impl Syncs {
    fn run(mut self, to_sync: &Receiver<Waiting>) {
        let mut is_behind = false;
        loop {
            let next = if is_behind {
                to_sync.recv_timeout(AT_LAST)
            } else {
                to_sync.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            let is_last = matches!(next, Err(RecvTimeoutError::Disconnected));
            let is_due = next.is_err();
            let mut waiting = next.unwrap_or_default();
            waiting.extend(to_sync.try_iter().flatten());
            if is_due && is_behind || !waiting.is_empty() {
                let synced = self.sync();
                waiting.into_iter().for_each(|job| job.tell(synced.clone()));
                is_behind = false;
            } else {
                is_behind = true;
            }
            if is_last {
                break;
            }
        }
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        #[cfg(test)]
        if !super::tests::power::is_synced() {
            return Ok(());
        }
        #[cfg(test)]
        super::tests::crash::point("written");
        let synced = self.open().and_then(File::sync_data);
        #[cfg(test)]
        super::tests::crash::point("synced");
        synced.map_err(|error| self.trouble.of_sync(&error))
    }

    /// The log, which is another file once somebody's tool has removed it.
    fn open(&mut self) -> std::io::Result<&File> {
        if let Some(log) = &self.log
            && log.metadata()?.nlink() == 0
        {
            self.log = None;
        }
        match &mut self.log {
            Some(log) => Ok(log),
            none => Ok(none.insert(File::open(&self.path)?)),
        }
    }
}
