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

use model::{Clock, Moment, SystemClock};
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
    Ok((synced, thread.spawn(move || syncs.run(&to_sync, &SystemClock::start()))?))
}

struct Syncs {
    path: PathBuf,
    log: Option<File>,
    is_done: SyncSender<()>,
    trouble: Arc<Trouble>,
}

impl Syncs {
    fn run(mut self, to_sync: &Receiver<Waiting>, clock: &impl Clock) {
        // When the first of what is not synced was written.
        let mut behind: Option<Moment> = None;
        loop {
            let next = match behind {
                Some(since) => to_sync.recv_timeout(left(since, clock.moment())),
                None => to_sync.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let is_last = matches!(next, Err(RecvTimeoutError::Disconnected));
            let (is_written, waiting) = (next.is_ok(), next.unwrap_or_default());
            let now = clock.moment();
            if is_written {
                behind.get_or_insert(now);
            }
            let is_due = behind.is_some_and(|since| is_last || left(since, now).is_zero());
            let mut synced = Ok(());
            if is_due || !waiting.is_empty() {
                synced = self.sync();
                behind = None;
            }
            if is_written {
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

/// How long what was written then may still wait for others.
fn left(since: Moment, now: Moment) -> Duration {
    AT_LAST.saturating_sub(now.since(since))
}

#[cfg(test)]
mod tests {
    use model::ManualClock;

    use super::*;

    #[test]
    fn what_nobody_waits_for_is_synced_though_more_is_written() {
        let trouble = Arc::new(Trouble::of(Path::new("store.db")));
        let (waiting, to_sync) = sync_channel(1);
        let (is_done, done) = sync_channel(1);
        // A sync fails, and so is seen: there is no log.
        let path = PathBuf::from("/nowhere/store.db-wal");
        let syncs = Syncs { path, log: None, is_done, trouble: Arc::clone(&trouble) };
        let clock = Arc::new(ManualClock::at(model::Timestamp(0)));
        let own = Arc::clone(&clock);
        let thread = std::thread::spawn(move || syncs.run(&to_sync, &*own));
        let mut is_synced = Vec::new();
        for _ in 0..3 {
            waiting.send(Waiting::new()).expect("it runs");
            done.recv().expect("it runs");
            is_synced.push(trouble.now().is_some());
            clock.advance(AT_LAST * 3 / 5);
        }
        assert_eq!(is_synced, [false, false, true]);
        drop(waiting);
        thread.join().expect("no panic");
    }
}
