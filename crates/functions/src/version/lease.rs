//! Finds an environment for an invocation.

use std::sync::Arc;
use std::sync::PoisonError;
use std::time::Duration;

use model::{InvokeRefusal, RequestId};
use tokio::sync::oneshot;

use super::{InitFailure, Version};
use crate::environment::{self, Environment};
use crate::pool::{Released, Waiter};

/// Why no environment was found.
#[derive(Debug)]
pub(crate) enum Refusal {
    Refused(InvokeRefusal),
    /// The environment started for this invocation failed to initialize.
    Init(InitFailure),
    /// The version was retired meanwhile: look the function up again.
    Retired,
}

type Grant = Result<Box<Environment>, InitFailure>;

/// A place in the queue.
#[derive(Debug)]
pub(crate) struct Ticket {
    id: u64,
    caller: oneshot::Sender<Grant>,
}

impl Waiter<Box<Environment>> for Ticket {
    fn id(&self) -> u64 {
        self.id
    }

    fn offer(self, environment: Box<Environment>) -> Result<(), Box<Environment>> {
        self.caller.send(Ok(environment)).map_err(|returned| match returned {
            Ok(environment) => environment,
            Err(_) => unreachable!("an environment was sent"),
        })
    }

    fn has_vanished(&self) -> bool {
        self.caller.is_closed()
    }
}

impl Ticket {
    pub(super) fn refuse(self, failure: InitFailure) {
        // The caller may have vanished.
        let _ = self.caller.send(Err(failure));
    }
}

/// Waits in the queue; what was granted to a caller that vanishes goes back.
struct Waiting {
    version: Arc<Version>,
    granted: oneshot::Receiver<Grant>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.granted.close();
        if let Ok(Ok(environment)) = self.granted.try_recv() {
            self.version.release(environment);
        }
    }
}

impl Version {
    /// An environment that waits for an invocation, registered with the caller's runtime.
    pub(crate) async fn lease(self: &Arc<Self>) -> Result<Box<Environment>, Refusal> {
        loop {
            let leased = self.pool().lease(environment::home());
            let mut environment = match leased {
                Some(environment) => environment,
                None => self.wait().await?,
            };
            if environment.is_ready_here() {
                return Ok(environment);
            }
            self.lost(environment);
        }
    }

    async fn wait(self: &Arc<Self>) -> Result<Box<Environment>, Refusal> {
        let id = self.next_environment();
        let (caller, granted) = oneshot::channel();
        let mut waiting = Waiting { version: Arc::clone(self), granted };
        let live = {
            let mut pool = self.pool();
            if pool.is_retired() {
                return Err(Refusal::Retired);
            }
            let (counts, now) = (pool.counts(), self.now());
            if counts.idle + counts.busy + counts.starting == 0 && !pool.backoff().permits(now) {
                let retry_after = pool.backoff().remaining(now);
                return Err(Refusal::Refused(self.backing_off(retry_after)));
            }
            if pool.wait(Ticket { id, caller }).is_err() {
                return Err(Refusal::Refused(self.throttled(Duration::from_secs(1))));
            }
            counts.busy + counts.starting
        };
        let queue_wait = self.function.queue_wait;
        let patience = match live {
            0 => Duration::ZERO,
            live => self.pace.patience(queue_wait, live, self.platform.processors),
        };
        if live > 0
            && let Ok(granted) = granted_within(patience, &mut waiting).await
        {
            return granted;
        }
        self.start_for_waiting();
        let mut left = queue_wait.saturating_sub(patience);
        loop {
            if let Ok(granted) = granted_within(left, &mut waiting).await {
                return granted;
            }
            // Who is only waiting for a start that is under way is not excess.
            if self.pool().is_excess(id) {
                return Err(Refusal::Refused(self.throttled(queue_wait)));
            }
            left = Duration::from_millis(50);
        }
    }

    pub(crate) fn throttled(&self, retry_after: Duration) -> InvokeRefusal {
        self.cells.throttles.count();
        InvokeRefusal::Throttled {
            function: self.function.name.clone(),
            limit: self.function.concurrency,
            retry_after: retry_after.max(Duration::from_secs(1)),
        }
    }

    fn backing_off(&self, retry_after: Duration) -> InvokeRefusal {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let nobody = RequestId::given("-");
        let reason = failure
            .as_ref()
            .map_or("it failed before".to_owned(), |failure| failure.summary(&nobody));
        InvokeRefusal::BackingOff { function: self.function.name.clone(), reason, retry_after }
    }

    /// Takes back an environment that waits for an invocation.
    pub(crate) fn release(self: &Arc<Self>, mut environment: Box<Environment>) {
        let now = self.now();
        let old = now.since(environment.started()) >= self.platform.settings.max_age;
        if old {
            return self.lost(environment);
        }
        environment.rest(now);
        let released = self.pool().release(environment);
        self.stop_released(released);
    }

    /// Gives up a leased environment; those who wait may need another.
    pub(crate) fn lost(self: &Arc<Self>, environment: Box<Environment>) {
        self.stop(environment);
        self.pool().lost_busy();
        self.start_for_waiting();
    }

    pub(super) fn stop_released(&self, released: Released<Box<Environment>>) {
        if let Released::Stop(environment) = released {
            self.stop(environment);
            self.pool().lost_busy();
        }
    }
}

impl Version {
    /// Gives up a leased environment when nothing can be started any more.
    pub(crate) fn lost_at_shutdown(&self, environment: Box<Environment>) {
        self.pool().lost_busy();
        drop(environment);
    }
}

async fn granted_within(
    span: Duration,
    waiting: &mut Waiting,
) -> Result<Result<Box<Environment>, Refusal>, tokio::time::error::Elapsed> {
    let granted = tokio::time::timeout(span, &mut waiting.granted).await?;
    Ok(match granted {
        Ok(Ok(environment)) => Ok(environment),
        Ok(Err(failure)) => Err(Refusal::Init(failure)),
        // The pool let go of the queue.
        Err(_) => Err(Refusal::Retired),
    })
}
