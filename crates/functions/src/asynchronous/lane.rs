//! One function's asynchronous invocations: read as they become due, as many at once as the function
//! may have.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Weak};
use std::time::Duration;

use model::{FunctionName, Timestamp};
use store::KeptInvocation;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tracing::warn;

use super::Asynchronous;

/// Read ahead of what runs, so that a backlog costs less than one question each.
const AHEAD: usize = 16;
/// The wall clock may be set: what is due is looked at this often.
const LOOK: Duration = Duration::from_secs(1);

/// The way to a lane's task.
#[derive(Debug)]
pub(super) struct Lane {
    woken: Arc<Notify>,
    ending: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Lane {
    pub(super) fn begin(all: &Arc<Asynchronous>, function: FunctionName) -> Self {
        let woken = Arc::new(Notify::new());
        let (ending, ended) = watch::channel(false);
        let lane = Keeping {
            all: Arc::downgrade(all),
            function,
            woken: Arc::clone(&woken),
            ending: ended,
            ahead: VecDeque::new(),
            under_way: BTreeSet::new(),
            running: JoinSet::new(),
            next: None,
            is_drained: false,
        };
        let task = all.control.spawn(lane.keep());
        Self { woken, ending, task }
    }

    pub(super) fn wake(&self) {
        self.woken.notify_one();
    }

    /// Begins nothing more, and completes when all that ran is noted.
    pub(super) async fn end(self) {
        // Its task may have ended with the server.
        let _ = self.ending.send(true);
        let _ = self.task.await;
    }
}

struct Keeping {
    /// The server may end before its lanes.
    all: Weak<Asynchronous>,
    function: FunctionName,
    woken: Arc<Notify>,
    ending: watch::Receiver<bool>,
    /// Read, and not begun.
    ahead: VecDeque<KeptInvocation>,
    /// Read, and not settled: the store still has them as due.
    under_way: BTreeSet<u64>,
    running: JoinSet<Settled>,
    /// When something becomes due, as the store last said.
    next: Option<Timestamp>,
    /// The store had no more that were due.
    is_drained: bool,
}

/// One that was looked at.
struct Settled {
    number: u64,
    /// When it is due once more.
    again: Option<Timestamp>,
}

impl Keeping {
    async fn keep(mut self) {
        loop {
            let Some(all) = self.all.upgrade() else { return };
            self.read(&all).await;
            self.begin(&all);
            drop(all);
            tokio::select! {
                Some(settled) = self.running.join_next() => self.settled(settled),
                () = self.woken.notified() => self.is_drained = false,
                () = tokio::time::sleep(LOOK), if self.next.is_some() || !self.is_drained => {}
                _ = self.ending.changed() => break,
            }
            while let Some(settled) = self.running.try_join_next() {
                self.settled(settled);
            }
        }
        while self.running.join_next().await.is_some() {}
    }

    fn settled(&mut self, settled: Result<Settled, JoinError>) {
        match settled {
            Ok(Settled { number, again }) => {
                self.under_way.remove(&number);
                self.next = self.next.into_iter().chain(again).min();
            }
            // A panic in it was printed when it happened; it is run again after a restart.
            Err(error) => warn!(%error, "an asynchronous invocation of {} was lost", self.function),
        }
    }

    /// Fills what is ahead, if something may have become due.
    async fn read(&mut self, all: &Arc<Asynchronous>) {
        let now = all.clock.timestamp();
        let is_due = self.next.is_some_and(|next| next <= now);
        let wanted = self.room(all) + AHEAD;
        if self.ahead.len() > AHEAD / 2 || (self.is_drained && !is_due) {
            return;
        }
        let most = wanted.saturating_sub(self.ahead.len());
        let due =
            all.store.due_invocations(self.function.clone(), now, self.under_way.clone(), most);
        match due.await {
            Ok(due) => {
                self.is_drained = due.now.len() < most;
                self.next = due.next;
                self.under_way.extend(due.now.iter().map(|kept| kept.number));
                self.ahead.extend(due.now);
            }
            Err(error) => warn!(%error, "asynchronous invocations of {} wait", self.function),
        }
    }

    /// How many more may run.
    fn room(&self, all: &Asynchronous) -> usize {
        all.functions.width(&self.function).saturating_sub(self.running.len())
    }

    fn begin(&mut self, all: &Arc<Asynchronous>) {
        for _ in 0..self.room(all) {
            let Some(kept) = self.ahead.pop_front() else { return };
            let all = Arc::clone(all);
            self.running.spawn(async move {
                let number = kept.number;
                Settled { number, again: all.attend(kept).await }
            });
        }
    }
}
