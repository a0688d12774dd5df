//! Decides which execution environment serves an invocation: an idle one, one to be started, or the
//! next that becomes free. Holds values and decides; starting, waiting and time are its caller's.

mod backoff;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use model::Moment;

pub(crate) use backoff::Backoff;

/// The runtime that an environment's sockets are registered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Home(pub(crate) u64);

/// What a pool must know of an environment.
pub(crate) trait Member {
    fn home(&self) -> Home;
}

/// An invocation that waits for an environment.
pub(crate) trait Waiter<E> {
    fn id(&self) -> u64;
    /// Gives the environment back when the caller has vanished.
    fn offer(self, environment: E) -> Result<(), E>;
    fn has_vanished(&self) -> bool;
}

/// The environments of one version of a function.
#[derive(Debug)]
pub(crate) struct Pool<E, W> {
    limit: usize,
    queue: usize,
    /// The most recently used is last.
    idle: Vec<E>,
    busy: usize,
    starting: usize,
    waiting: VecDeque<W>,
    backoff: Backoff,
    /// A pool that is being retired serves who already waits and keeps nothing.
    retired: bool,
}

/// What became of an environment that finished its invocation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Released<E> {
    /// Kept, or handed to whoever waited longest.
    Kept,
    /// The pool is retired: stop it, then report [`Pool::lost_busy`].
    Stop(E),
}

/// Counts for metrics and status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) idle: usize,
    pub(crate) busy: usize,
    pub(crate) starting: usize,
    pub(crate) waiting: usize,
}

impl<E: Member, W: Waiter<E>> Pool<E, W> {
    pub(crate) fn new(limit: usize, queue: usize) -> Self {
        Self {
            limit,
            queue,
            idle: Vec::new(),
            busy: 0,
            starting: 0,
            waiting: VecDeque::new(),
            backoff: Backoff::default(),
            retired: false,
        }
    }

    /// Leases an idle environment: the most recent of the caller's home, else the most recent.
    pub(crate) fn lease(&mut self, home: Home) -> Option<E> {
        let at = self.idle.iter().rposition(|environment| environment.home() == home);
        let environment = match at {
            Some(at) => self.idle.remove(at),
            None => self.idle.pop()?,
        };
        self.busy += 1;
        Some(environment)
    }

    /// Puts an invocation at the end of the queue, or gives it back when the queue is full.
    pub(crate) fn wait(&mut self, waiter: W) -> Result<(), W> {
        if self.waiting.len() >= self.queue {
            self.waiting.retain(|waiter| !waiter.has_vanished());
        }
        if self.waiting.len() >= self.queue {
            return Err(waiter);
        }
        self.waiting.push_back(waiter);
        Ok(())
    }

    /// Whether one more environment should be started for those who wait; the caller then must
    /// start it and report [`Self::started`] or [`Self::start_failed`].
    pub(crate) fn start(&mut self, now: Moment) -> bool {
        self.forget_vanished();
        let wanted = self.waiting.len() > self.starting;
        let start = wanted && self.has_room() && self.backoff.permits(now);
        self.starting += usize::from(start);
        start
    }

    /// Whether an environment may be started for nobody in particular.
    pub(crate) fn start_ahead(&mut self) -> bool {
        let start = self.live() == 0 && self.has_room();
        self.starting += usize::from(start);
        start
    }

    fn has_room(&self) -> bool {
        self.live() < self.limit
    }

    pub(crate) fn started(&mut self, environment: E) -> Released<E> {
        self.starting -= 1;
        self.backoff.succeeded();
        self.place(environment)
    }

    /// An environment failed to start. Returns who must hear of it: the first in the queue, or
    /// all of it when nothing is left that could serve them.
    pub(crate) fn start_failed(&mut self, now: Moment, random: u64) -> Vec<W> {
        self.starting -= 1;
        self.backoff.failed(now, random);
        self.forget_vanished();
        let all = self.live() == 0;
        let count = if all { self.waiting.len() } else { self.waiting.len().min(1) };
        self.waiting.drain(..count).collect()
    }

    /// Takes back an environment whose invocation is over.
    pub(crate) fn release(&mut self, environment: E) -> Released<E> {
        self.busy -= 1;
        self.place(environment)
    }

    fn place(&mut self, mut environment: E) -> Released<E> {
        while let Some(waiter) = self.waiting.pop_front() {
            match waiter.offer(environment) {
                Ok(()) => {
                    self.busy += 1;
                    return Released::Kept;
                }
                Err(returned) => environment = returned,
            }
        }
        if self.retired {
            // It counts until its end is under way, so that a drain cannot miss it.
            self.busy += 1;
            return Released::Stop(environment);
        }
        self.idle.push(environment);
        Released::Kept
    }

    /// A leased environment is gone.
    pub(crate) fn lost_busy(&mut self) {
        self.busy -= 1;
    }

    /// Takes out the idle environments that `expired` names.
    pub(crate) fn take_expired(&mut self, mut expired: impl FnMut(&E) -> bool) -> Vec<E> {
        self.idle.extract_if(.., |environment| expired(environment)).collect()
    }

    /// Keeps nothing from now on; returns what was idle.
    pub(crate) fn retire(&mut self) -> Vec<E> {
        self.retired = true;
        std::mem::take(&mut self.idle)
    }

    /// Takes everybody out of the queue.
    pub(crate) fn dismiss(&mut self) -> Vec<W> {
        self.waiting.drain(..).collect()
    }

    /// Whether the waiter is beyond what the environments being started will serve.
    pub(crate) fn is_excess(&self, id: u64) -> bool {
        let place = self.waiting.iter().position(|waiter| waiter.id() == id);
        place.is_none_or(|place| place >= self.starting)
    }

    fn forget_vanished(&mut self) {
        while self.waiting.front().is_some_and(Waiter::has_vanished) {
            self.waiting.pop_front();
        }
    }

    fn live(&self) -> usize {
        self.idle.len() + self.busy + self.starting
    }

    pub(crate) fn backoff(&self) -> &Backoff {
        &self.backoff
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.retired
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            idle: self.idle.len(),
            busy: self.busy,
            starting: self.starting,
            waiting: self.waiting.len(),
        }
    }
}
