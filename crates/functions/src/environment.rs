//! One execution environment: a process and its Runtime API. Whoever holds the value drives it;
//! an idle environment is driven by nobody.

mod lifecycle;
mod run;
mod start;
mod stream;

use std::cell::Cell;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
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
    pub(crate) fn close(self: Box<Self>) -> Arc<Process> {
        self.process
    }

    /// Moves to the caller's runtime if it belongs to another, and makes sure that the runtime
    /// still waits for an invocation. Gives back an environment that cannot serve.
    pub(crate) async fn ready_here(mut self: Box<Self>) -> Result<Box<Self>, Box<Self>> {
        if self.process.exit().is_some() {
            return Err(self);
        }
        if self.home != home() {
            if self.endpoint.rehome().is_err() {
                return Err(self);
            }
            self.home = home();
        }
        poll_fn(|cx| {
            while let Poll::Ready(event) = self.endpoint.poll_event(cx, None) {
                if !matches!(event, Event::Ready) {
                    break;
                }
            }
            Poll::Ready(())
        })
        .await;
        if self.endpoint.is_parked() { Ok(self) } else { Err(self) }
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
