//! Finds an environment for an invocation.

use std::sync::Arc;
use std::sync::PoisonError;
use std::time::Duration;

use model::{Bound, ByteSize, InvokeRefusal, Moment};
use tokio::sync::oneshot;

use super::pace::{self, Pace};
use super::{InitFailure, Version};
use crate::ceiling::Ceiling;
use crate::environment::Environment;
use crate::home::Home;
use crate::pool::{HOME_PATIENCE, Member, Released, Tempo, Waiter};

/// Lambda gives less memory than this at most one processor's time.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
const ONE_PROCESSOR: ByteSize = ByteSize::mib(1_769);

/// Why no environment was found.
#[derive(Debug)]
pub(crate) enum Refusal {
    Refused(InvokeRefusal),
    /// One that was started failed to initialize, and the next start comes after a pause.
    BackingOff {
        failure: InitFailure,
        retry_after: Duration,
    },
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
    home: Home,
    since: Moment,
    caller: oneshot::Sender<Grant>,
}

impl Waiter<Box<Environment>> for Ticket {
    fn id(&self) -> u64 {
        self.id
    }

    fn home(&self) -> Home {
        self.home
    }

    fn since(&self) -> Moment {
        self.since
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
        let home = Home::here();
        loop {
            let tempo = self.tempo(home);
            let leased = self.pool().lease(home, tempo);
            let mut environment = match leased {
                Some(environment) => environment,
                None => self.wait(home, tempo).await?,
            };
            if environment.is_ready_here() {
                environment.run_on(self.processor(home));
                return Ok(environment);
            }
            self.lost(environment);
        }
    }

    fn tempo(&self, home: Home) -> Tempo {
        self.pace.tempo(home, self.platform.processors)
    }

    /// Where an environment that this home has leased runs best; `None` is wherever there is room.
    fn processor(&self, home: Home) -> Option<u16> {
        let processor = home.processor.filter(|_| self.pace.is_brief())?;
        let processors = self.platform.processors;
        let is_shared = processors > 1 && self.function.memory < ONE_PROCESSOR;
        // Beyond what keeps this one busy, others may have more room.
        let abreast = pace::abreast(home, processors);
        (is_shared && !self.pool().is_crowded(home, abreast)).then_some(processor)
    }

    async fn wait(self: &Arc<Self>, home: Home, tempo: Tempo) -> Result<Box<Environment>, Refusal> {
        let id = self.next_ticket();
        let (caller, granted) = oneshot::channel();
        let mut waiting = Waiting { version: Arc::clone(self), granted };
        let live = {
            let mut pool = self.pool();
            if pool.is_retired() {
                return Err(Refusal::Retired);
            }
            let (counts, now) = (pool.counts(), self.now());
            let live = counts.idle + counts.busy + counts.starting;
            if live == 0 && !pool.backoff().permits(now) {
                let retry_after = pool.backoff().remaining(now);
                return Err(Refusal::BackingOff { failure: self.last_failure(), retry_after });
            }
            if pool.wait(Ticket { id, home, since: now, caller }).is_err() {
                return Err(Refusal::Refused(self.throttled(Duration::from_secs(1))));
            }
            live
        };
        let queue_wait = self.function.queue_wait;
        let steps = self.patience(live, tempo);
        for step in steps {
            if let Ok(granted) = granted_within(step, &mut waiting).await {
                return granted;
            }
            if let Some(environment) = self.pool().claim(id) {
                return Ok(environment);
            }
        }
        self.start_for_waiting();
        let mut left = queue_wait.saturating_sub(steps[0] + steps[1]);
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

    /// How long an invocation waits for an environment of its home, and then for any, before one more
    /// is started for it.
    fn patience(&self, live: usize, tempo: Tempo) -> [Duration; 2] {
        if live == 0 {
            return [Duration::ZERO; 2];
        }
        let queue_wait = self.function.queue_wait;
        let all = Pace::patience(tempo, queue_wait, live, self.platform.processors);
        match tempo {
            Tempo::Quick { .. } => [all.min(HOME_PATIENCE), all.saturating_sub(HOME_PATIENCE)],
            Tempo::Slow => [all, Duration::ZERO],
        }
    }

    /// Refused at once, as Lambda does where concurrency is reserved.
    pub(crate) fn at_ceiling(&self, ceiling: &Ceiling) -> InvokeRefusal {
        self.cells.throttles.count();
        let (function, bound, limit) = (self.function.name.clone(), ceiling.bound, ceiling.limit());
        InvokeRefusal::Throttled { function, bound, limit, retry_after: Duration::from_secs(1) }
    }

    pub(crate) fn throttled(&self, retry_after: Duration) -> InvokeRefusal {
        self.cells.throttles.count();
        InvokeRefusal::Throttled {
            function: self.function.name.clone(),
            bound: Bound::Function,
            limit: self.function.concurrency,
            retry_after: retry_after.max(Duration::from_secs(1)),
        }
    }

    fn last_failure(&self) -> InitFailure {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.clone().unwrap_or_else(|| InitFailure::Start("it failed before".to_owned()))
    }

    /// Takes back an environment that waits for an invocation.
    pub(crate) fn release(self: &Arc<Self>, mut environment: Box<Environment>) {
        let now = self.now();
        let settings = &self.platform.settings;
        let old = now.since(environment.started()) >= settings.max_age
            && !settings.debugs(&self.function.name);
        if old {
            return self.lost(environment);
        }
        environment.rest(now);
        let tempo = self.tempo(environment.home());
        let released = self.pool().release(environment, tempo, now);
        self.stop_released(released);
    }

    /// Gives up a leased environment; those who wait may need another.
    pub(crate) fn lost(self: &Arc<Self>, environment: Box<Environment>) {
        let home = environment.home();
        self.stop(environment);
        self.pool().lost_busy(home);
        self.start_for_waiting();
    }

    pub(super) fn stop_released(&self, released: Released<Box<Environment>>) {
        if let Released::Stop(environment) = released {
            let home = environment.home();
            self.stop(environment);
            self.pool().lost_busy(home);
        }
    }
}

impl Version {
    /// Gives up a leased environment when nothing can be started any more.
    pub(crate) fn lost_at_shutdown(&self, environment: Box<Environment>) {
        self.pool().lost_busy(environment.home());
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
