//! One execution environment: a process and its Runtime API. Whoever holds the value drives it;
//! an idle environment is driven by nobody.

mod lifecycle;
mod placement;
mod run;
mod settle;
mod start;
mod stream;

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use model::Moment;

use crate::home::Home;
use crate::logs::Output;
use crate::pool::Member;
use crate::process::Running as Process;
use crate::runtime_api::{Endpoint, Event};

use lifecycle::Lifecycle;
use placement::Placement;
pub(crate) use run::run;
pub(crate) use start::{Initialization, start};

#[derive(Debug)]
pub(crate) struct Environment {
    home: Home,
    /// Its sockets are still registered with another home's runtime.
    is_away: bool,
    placement: Placement,
    endpoint: Endpoint,
    process: Arc<Process>,
    output: Arc<Output>,
    lifecycle: Lifecycle,
    /// When memory was last sampled, and how much it was, in bytes.
    memory: (Moment, u64),
}

impl Member for Box<Environment> {
    fn home(&self) -> Home {
        self.home
    }

    fn move_to(&mut self, home: Home) {
        self.home = home;
        self.is_away = true;
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

    /// Registers with the caller's runtime if it came from another, and makes sure that the
    /// function's still waits for an invocation.
    pub(crate) fn is_ready_here(&mut self) -> bool {
        if self.process.exit().is_some() {
            return false;
        }
        if self.is_away {
            if self.endpoint.rehome().is_err() {
                return false;
            }
            self.is_away = false;
        }
        let mut cx = Context::from_waker(Waker::noop());
        while let Poll::Ready(Event::Ready) = self.endpoint.poll_event(&mut cx, None) {}
        self.endpoint.is_parked()
    }

    /// An invocation is about to begin, and this is where the environment should run.
    pub(crate) fn run_on(&mut self, processor: Option<u16>) {
        if self.placement.begin(processor) {
            self.process.place(processor);
        }
    }

    /// Lets it run on any processor; the current invocation takes longer than others did.
    fn run_anywhere(&mut self) {
        if self.placement.end() {
            self.process.place(None);
        }
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
