//! What one worker's upstream connections go through, in numbers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What this worker's upstream connections have been through. Read by any thread.
#[derive(Debug, Default)]
pub struct Traffic {
    pub(super) opened: AtomicU64,
    pub(super) reused: AtomicU64,
    pub(super) retried: AtomicU64,
    pub(super) ejected: AtomicU64,
    tunnels: AtomicU64,
}

impl Traffic {
    /// Connections made.
    pub fn opened(&self) -> u64 {
        self.opened.load(Relaxed)
    }

    /// Requests sent on a connection that an earlier one had used.
    pub fn reused(&self) -> u64 {
        self.reused.load(Relaxed)
    }

    /// Requests sent once more, a stale connection not counted.
    pub fn retried(&self) -> u64 {
        self.retried.load(Relaxed)
    }

    /// Addresses passed over because requests failed.
    pub fn ejected(&self) -> u64 {
        self.ejected.load(Relaxed)
    }

    /// Upgraded connections that are open now.
    pub fn tunnels(&self) -> u64 {
        self.tunnels.load(Relaxed)
    }
}

/// One writer, so a load and a store will do.
pub(super) fn count(cell: &AtomicU64) {
    cell.store(cell.load(Relaxed) + 1, Relaxed);
}

/// Counts a tunnel while it is open.
pub(super) struct OpenTunnel(Arc<Traffic>);

impl OpenTunnel {
    pub(super) fn count(traffic: &Arc<Traffic>) -> Self {
        count(&traffic.tunnels);
        Self(Arc::clone(traffic))
    }
}

impl Drop for OpenTunnel {
    fn drop(&mut self) {
        self.0.tunnels.store(self.0.tunnels.load(Relaxed) - 1, Relaxed);
    }
}
