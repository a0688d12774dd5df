//! One execution environment: a process and its Runtime API. Whoever holds the value drives it;
//! an idle environment is driven by nobody.

mod lifecycle;
mod run;
mod settle;
mod start;
mod stream;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use model::Moment;

use crate::logs::Output;
use crate::pool::{Home, Member};
use crate::process::Running as Process;
use crate::runtime_api::{Endpoint, Event};

use lifecycle::Lifecycle;
pub(crate) use run::run;
pub(crate) use start::start;

#[derive(Debug)]
pub(crate) struct Environment {
    home: Home,
    endpoint: Endpoint,
    process: Arc<Process>,
    output: Arc<Output>,
    lifecycle: Lifecycle,
    /// When memory was last sampled, and how much it was, in bytes.
    memory: (Moment, u64),
}

/// Identifies the runtime of the calling thread.
pub(crate) fn home() -> Home {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    thread_local! {
        static HOME: Cell<Home> = Cell::new(Home(NEXT.fetch_add(1, Ordering::Relaxed)));
    }
    HOME.get()
}

impl Member for Box<Environment> {
    fn home(&self) -> Home {
        self.home
    }
}

impl Environment {
    pub(crate) fn process(&self) -> &Process {
        &self.process
    }

    pub(crate) fn started(&self) -> Moment {
        self.lifecycle.started()
    }

    /// Since when nothing was asked of it.
    pub(crate) fn rested(&self) -> Moment {
        self.lifecycle.since()
    }

    pub(crate) fn rest(&mut self, now: Moment) {
        self.lifecycle.ready(now);
    }

    pub(crate) fn init(&self) -> Option<Duration> {
        self.lifecycle.init()
    }

    /// Closes the Runtime API; the process is left.
    pub(crate) fn close(self) -> Arc<Process> {
        self.process
    }

    /// Moves to the caller's runtime if it belongs to another, and makes sure that the runtime
    /// still waits for an invocation.
    pub(crate) fn is_ready_here(&mut self) -> bool {
        if self.process.exit().is_some() {
            return false;
        }
        if self.home != home() {
            if self.endpoint.rehome().is_err() {
                return false;
            }
            self.home = home();
        }
        let mut cx = Context::from_waker(Waker::noop());
        while let Poll::Ready(Event::Ready) = self.endpoint.poll_event(&mut cx, None) {}
        self.endpoint.is_parked()
    }

    /// The most memory the process used, in bytes, at most a second old.
    fn memory_peak(&mut self, now: Moment) -> u64 {
        const EVERY: Duration = Duration::from_secs(1);
        let (sampled, peak) = self.memory;
        if peak == 0 || now.since(sampled) >= EVERY {
            self.memory = (now, self.process.sample_memory());
        }
        self.memory.1
    }
}
