//! When one more environment is started, and what follows when that fails.

use model::Moment;

use super::{Member, Pool, Waiter};

impl<E: Member, W: Waiter<E>> Pool<E, W> {
    /// Whether one more environment should be started for those who wait; the caller then must
    /// start it and report [`Self::started`] or [`Self::start_failed`].
    pub(crate) fn start(&mut self, now: Moment) -> bool {
        self.forget_vanished();
        let wanted = self.waiting.len() > self.starting + self.idle.len();
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

    /// Whether one more environment should be started so that enough are ready.
    pub(crate) fn start_provisioned(&mut self, now: Moment) -> bool {
        let wanted = !self.retired && self.live() < self.provisioned;
        let start = wanted && self.has_room() && self.backoff.permits(now);
        self.starting += usize::from(start);
        start
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

    /// How many environments may be stopped for having nothing to do.
    pub(crate) fn spare(&self) -> usize {
        self.live().saturating_sub(self.provisioned)
    }

    fn has_room(&self) -> bool {
        self.live() < self.limit
    }

    /// Whether the waiter is beyond what the environments being started will serve.
    pub(crate) fn is_excess(&self, id: u64) -> bool {
        let place = self.waiting.iter().position(|waiter| waiter.id() == id);
        place.is_none_or(|place| place >= self.starting)
    }
}
