//! Decides which execution environment serves an invocation: an idle one, one to be started, or the
//! next that becomes free. Holds values and decides; starting, waiting and time are its caller's.

mod backoff;
mod busy;
mod starting;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use std::time::Duration;

use model::Moment;

use crate::home::Home;
pub(crate) use backoff::Backoff;
use busy::Busy;

/// Who waits this long for an environment of the own home takes any that is idle.
pub(crate) const HOME_PATIENCE: Duration = Duration::from_millis(2);

/// Nobody is passed over for longer than this by those whose home an environment is at.
const PASSED_OVER: Duration = Duration::from_millis(5);

/// So far into the queue somebody is looked for whose home an environment is at.
const LOOKED_AT: usize = 64;

/// What a pool must know of an environment.
pub(crate) trait Member {
    fn home(&self) -> Home;
    /// Its next driver is of another home.
    fn move_to(&mut self, home: Home);
}

/// How long the function's invocations take, as far as it matters for who is served by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tempo {
    /// So short that to wait for an environment of the own home costs less than to wake another
    /// thread's: of each home at most `abreast` environments run while nobody waits for long.
    Quick { abreast: usize },
    /// Whatever is idle serves, and who waits longest is served first.
    Slow,
}

/// An invocation that waits for an environment.
pub(crate) trait Waiter<E> {
    fn id(&self) -> u64;
    fn home(&self) -> Home;
    /// Since when it waits.
    fn since(&self) -> Moment;
    /// Gives the environment back when the caller has vanished.
    fn offer(self, environment: E) -> Result<(), E>;
    fn has_vanished(&self) -> bool;
}

/// The environments of one version of a function.
#[derive(Debug)]
pub(crate) struct Pool<E, W> {
    limit: usize,
    /// So many are started and kept though nobody waits.
    provisioned: usize,
    queue: usize,
    /// The most recently used is last.
    idle: Vec<E>,
    busy: Busy,
    starting: usize,
    waiting: VecDeque<W>,
    backoff: Backoff,
    /// A pool that is being retired serves who already waits and keeps nothing.
    retired: bool,
}

/// What became of an environment that finished its invocation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Released<E> {
    /// Kept, or handed to somebody who waited.
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

impl std::iter::Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            idle: sum.idle + one.idle,
            busy: sum.busy + one.busy,
            starting: sum.starting + one.starting,
            waiting: sum.waiting + one.waiting,
        })
    }
}

impl<E: Member, W: Waiter<E>> Pool<E, W> {
    pub(crate) fn new(limit: usize, queue: usize) -> Self {
        Self {
            limit,
            provisioned: 0,
            queue,
            idle: Vec::new(),
            busy: Busy::default(),
            starting: 0,
            waiting: VecDeque::new(),
            backoff: Backoff::default(),
            retired: false,
        }
    }

    /// Leases an idle environment: the most recent of the caller's home, else the most recent.
    /// `None` if there is none, or waiting for a moment is better.
    pub(crate) fn lease(&mut self, home: Home, tempo: Tempo) -> Option<E> {
        let busy = self.busy.at(home);
        let at = self.idle.iter().rposition(|environment| environment.home() == home);
        let at = match (at, tempo) {
            (_, Tempo::Quick { abreast }) if busy >= abreast => return None,
            (None, Tempo::Quick { .. }) if busy > 0 => return None,
            (Some(at), _) => at,
            (None, _) => self.idle.len().checked_sub(1)?,
        };
        Some(self.take_idle(at, home))
    }

    /// Leases any idle environment to the waiter of this id, which has waited [`HOME_PATIENCE`].
    pub(crate) fn claim(&mut self, id: u64) -> Option<E> {
        let at = self.idle.len().checked_sub(1)?;
        let place = self.waiting.iter().position(|waiter| waiter.id() == id)?;
        let home = self.waiting.remove(place)?.home();
        let own = self.idle.iter().rposition(|environment| environment.home() == home);
        Some(self.take_idle(own.unwrap_or(at), home))
    }

    /// Whether more environments of this home run than do while nobody waits for long.
    pub(crate) fn is_crowded(&self, home: Home, abreast: usize) -> bool {
        self.busy.at(home) > abreast
    }

    fn take_idle(&mut self, at: usize, home: Home) -> E {
        let mut environment = self.idle.remove(at);
        if environment.home() != home {
            environment.move_to(home);
        }
        self.busy.add(home);
        environment
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

    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    pub(crate) fn set_provisioned(&mut self, provisioned: usize) {
        self.provisioned = provisioned;
    }

    pub(crate) fn started(&mut self, environment: E, tempo: Tempo, now: Moment) -> Released<E> {
        self.starting -= 1;
        self.backoff.succeeded();
        self.place(environment, tempo, now)
    }

    /// Takes back an environment whose invocation is over.
    pub(crate) fn release(&mut self, environment: E, tempo: Tempo, now: Moment) -> Released<E> {
        self.busy.remove(environment.home());
        self.place(environment, tempo, now)
    }

    fn place(&mut self, mut environment: E, tempo: Tempo, now: Moment) -> Released<E> {
        while let Some(place) = self.next_served(environment.home(), tempo, now)
            && let Some(waiter) = self.waiting.remove(place)
        {
            let home = waiter.home();
            if environment.home() != home {
                environment.move_to(home);
            }
            match waiter.offer(environment) {
                Ok(()) => {
                    self.busy.add(home);
                    return Released::Kept;
                }
                Err(returned) => environment = returned,
            }
        }
        if self.retired {
            // It counts until its end is under way, so that a drain cannot miss it.
            self.busy.add(environment.home());
            return Released::Stop(environment);
        }
        self.idle.push(environment);
        Released::Kept
    }

    /// Whom a free environment of this home serves. Nobody, if those who wait will be served by
    /// their own home's before long.
    fn next_served(&self, home: Home, tempo: Tempo, now: Moment) -> Option<usize> {
        let front = self.waiting.front()?;
        let waited = now.since(front.since());
        let abreast = match tempo {
            Tempo::Quick { abreast } if !self.retired && waited < PASSED_OVER => abreast,
            _ => return Some(0),
        };
        let is_due = waited >= HOME_PATIENCE || self.busy.at(front.home()) == 0;
        // Once nobody waits for long any more, so many run again as should.
        if !is_due && self.busy.at(home) >= abreast {
            return None;
        }
        let own = self.waiting.iter().take(LOOKED_AT).position(|waiter| waiter.home() == home);
        own.or_else(|| is_due.then_some(0))
    }

    /// A leased environment of this home is gone.
    pub(crate) fn lost_busy(&mut self, home: Home) {
        self.busy.remove(home);
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

    fn forget_vanished(&mut self) {
        while self.waiting.front().is_some_and(Waiter::has_vanished) {
            self.waiting.pop_front();
        }
    }

    fn live(&self) -> usize {
        self.idle.len() + self.busy.all() + self.starting
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
            busy: self.busy.all(),
            starting: self.starting,
            waiting: self.waiting.len(),
        }
    }
}
