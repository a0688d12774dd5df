//! A connection's place in the books, kept for as long as its socket is open.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

use super::pulse::Pulse;
use crate::Counters;
use crate::admission::Permit;

/// How many connections of an acceptor are open.
#[derive(Debug, Default)]
pub(crate) struct Open {
    count: AtomicU64,
    emptied: Notify,
}

impl Open {
    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Relaxed) == 0
    }

    /// Completes when the last connection has ended.
    pub(crate) async fn emptied(&self) {
        while !self.is_empty() {
            self.emptied.notified().await;
        }
    }
}

#[derive(Debug)]
pub(crate) struct Registration {
    pulse: Arc<Pulse>,
    open: Arc<Open>,
    counters: Arc<Counters>,
    _permit: Permit,
}

impl Registration {
    pub(crate) fn new(
        pulse: Arc<Pulse>,
        open: Arc<Open>,
        counters: Arc<Counters>,
        permit: Permit,
    ) -> Self {
        counters.accepted.add_one();
        open.count.fetch_add(1, Ordering::Relaxed);
        Self { pulse, open, counters, _permit: permit }
    }

    pub(crate) fn pulse(&self) -> &Arc<Pulse> {
        &self.pulse
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.pulse.end();
        self.counters.closed.add_one();
        if self.open.count.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.open.emptied.notify_one();
        }
    }
}
