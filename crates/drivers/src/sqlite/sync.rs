//! The thread that syncs the write-ahead log, while what is asked next gathers for the writer. Who waits
//! for a change is told here.

use std::cell::Cell;
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
pub(super) struct Synced {
    waiting: SyncSender<Waiting>,
    done: Receiver<()>,
    is_under_way: Cell<bool>,
}

impl Synced {
    /// Tells those who wait once the transactions so far are synced. The sync before has been waited for.
    pub(super) fn tell(&self, waiting: Waiting) {
        // It ends after the writer does.
        self.is_under_way.set(self.waiting.send(waiting).is_ok());
    }

    /// Waits for the sync under way. A transaction that began meanwhile would wait for it all the same,
    /// and lack what is asked until then: fewer and larger ones take less of both the processors and the
    /// disk.
    pub(super) fn settle(&self) {
        if self.is_under_way.take() {
            let _ = self.done.recv();
        }
    }
}

pub(super) fn start(
    store: &Path,
    trouble: Arc<Trouble>,
) -> std::io::Result<(Synced, JoinHandle<()>)> {
    let (waiting, to_sync) = sync_channel(1);
    let (is_done, done) = sync_channel(1);
    let mut log = store.as_os_str().to_owned();
    log.push("-wal");
    let syncs = Syncs { path: log.into(), log: None, is_done, trouble };
    let thread = std::thread::Builder::new().name("store-sync".to_owned());
    let synced = Synced { waiting, done, is_under_way: Cell::default() };
    Ok((synced, thread.spawn(move || syncs.run(&to_sync))?))
}

struct Syncs {
    path: PathBuf,
    log: Option<File>,
    is_done: SyncSender<()>,
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
            let waiting = next.unwrap_or_default();
            let syncs = is_due && is_behind || !waiting.is_empty();
            let synced = if syncs { self.sync() } else { Ok(()) };
            is_behind = !syncs;
            if !is_due {
                // The writer goes on while those who waited are told.
                let _ = self.is_done.send(());
            }
            waiting.into_iter().for_each(|job| job.tell(synced.clone()));
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
