//! Stopping without failing anyone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    Serving,
    /// No new connections; those that exist end when their clients have what they asked for.
    Draining,
    /// The deadline has passed.
    Cutting,
}

#[derive(Debug)]
struct Shared {
    phase: watch::Sender<Phase>,
    /// How many [`Drain`]s exist.
    holders: watch::Sender<usize>,
    cut: AtomicU64,
}

/// Starts a drain and learns how it ended. Clones control the same drain.
#[derive(Debug, Clone)]
pub struct DrainHandle {
    shared: Arc<Shared>,
}

/// Held by whatever has to end before the drain is complete.
#[derive(Debug)]
pub struct Drain {
    shared: Arc<Shared>,
    phase: watch::Receiver<Phase>,
}

/// How a drain ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were still busy at the deadline and were closed.
    pub cut: u64,
}

impl Drain {
    pub fn new() -> (DrainHandle, Drain) {
        let (phase, receiver) = watch::channel(Phase::Serving);
        let shared =
            Arc::new(Shared { phase, holders: watch::Sender::new(1), cut: AtomicU64::new(0) });
        (DrainHandle { shared: Arc::clone(&shared) }, Drain { shared, phase: receiver })
    }

    pub fn is_draining(&self) -> bool {
        self.phase() >= Phase::Draining
    }

    /// Completes once a drain has started.
    pub async fn started(&mut self) {
        self.reaches(Phase::Draining).await;
    }

    /// Completes once the deadline of a drain has passed.
    pub async fn deadline(&mut self) {
        self.reaches(Phase::Cutting).await;
    }

    pub(crate) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Completes at the first phase that is not `known`.
    pub(crate) async fn leaves(&mut self, known: Phase) -> Phase {
        self.reaches_if(|phase| phase != known).await;
        self.phase()
    }

    /// Reports something that was closed at the deadline.
    pub fn count_cut(&self) {
        self.shared.cut.fetch_add(1, Ordering::Relaxed);
    }

    async fn reaches(&mut self, wanted: Phase) {
        self.reaches_if(|phase| phase >= wanted).await;
    }

    async fn reaches_if(&mut self, reached: impl Fn(Phase) -> bool) {
        // The sender lives in `shared`, which this value holds.
        let _ = self.phase.wait_for(|phase| reached(*phase)).await;
    }
}

impl Clone for Drain {
    fn clone(&self) -> Self {
        self.shared.holders.send_modify(|holders| *holders += 1);
        Self { shared: Arc::clone(&self.shared), phase: self.phase.clone() }
    }
}

impl Drop for Drain {
    fn drop(&mut self) {
        self.shared.holders.send_modify(|holders| *holders -= 1);
    }
}

impl DrainHandle {
    /// Another participant of the same drain.
    pub fn join(&self) -> Drain {
        self.shared.holders.send_modify(|holders| *holders += 1);
        Drain { shared: Arc::clone(&self.shared), phase: self.shared.phase.subscribe() }
    }

    pub fn is_draining(&self) -> bool {
        *self.shared.phase.borrow() >= Phase::Draining
    }

    pub fn start(&self) {
        self.advance(Phase::Draining);
    }

    /// Starts the drain if need be and completes when every [`Drain`] is gone. What is left at the
    /// deadline is cut and counted.
    pub async fn finish(&self, deadline: Duration) -> Drained {
        self.start();
        if tokio::time::timeout(deadline, self.everyone_left()).await.is_err() {
            self.cut();
            self.everyone_left().await;
        }
        Drained { cut: self.shared.cut.load(Ordering::Relaxed) }
    }

    /// Ends the wait: what is still open is closed now.
    pub fn cut(&self) {
        self.advance(Phase::Cutting);
    }

    async fn everyone_left(&self) {
        // The sender lives as long as `self`.
        let _ = self.shared.holders.subscribe().wait_for(|holders| *holders == 0).await;
    }

    fn advance(&self, to: Phase) {
        self.shared.phase.send_if_modified(|phase| {
            let forward = *phase < to;
            *phase = to.max(*phase);
            forward
        });
    }
}
